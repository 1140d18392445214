#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Keeps docs/PROTOCOL.md, the numbers in the tests and the numbers in core/ in agreement.

conformance.py check            table complete, every "done" shown by a test that bears its number
conformance.py count            one line: how many MUSTs are done
conformance.py mutate [NUMBER]  disables the statements of core/ that bear a number, one at a time;
                                a test named in the table must fail (build/mutate is the scratch)

A number (6940-6.1.1-2) in a comment of a test marks the test that follows. In core/ it marks the
statement, or the member of an initializer, that begins on its line; where the line is all comment,
the one that begins below it."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRATCH = os.path.join(ROOT, "build", "mutate")
NUMBER = re.compile(r"6940-\d+(?:\.\d+)*-\d+")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
STATES = ("done", "not yet", "not testable")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sources(top):
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, top))):
        for name in sorted(names):
            if name.endswith(".c"):
                yield os.path.join(folder, name)


def numbers_in_comments(path):
    return {n for c in COMMENT.findall(read(path)) for n in NUMBER.findall(c)}


def levels():
    rows = (line.split("\t") for line in read(os.path.join(ROOT, "tests/requirements.tsv"))
            .splitlines() if not line.startswith("#"))
    return {number: level for number, level in rows}


def table():
    """number -> (level, text, state, [programs])"""
    rows, faults = {}, []
    for line in read(os.path.join(ROOT, "docs/PROTOCOL.md")).splitlines():
        if not line.startswith("| 6940-"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 5:
            faults.append(f"{line[:40]}...: five cells wanted")
            continue
        number, level, text, state, programs = cells
        if number in rows:
            faults.append(f"{number}: two rows")
        rows[number] = (level, text, state, re.findall(r"`([^`]+)`", programs))
    return rows, faults


def check():
    wanted = levels()
    rows, faults = table()
    tags = {}
    for path in sources("tests"):
        program = os.path.relpath(path, os.path.join(ROOT, "tests"))[:-2]
        for number in numbers_in_comments(path):
            tags.setdefault(number, set()).add(program)
    for number, level in wanted.items():
        if level != "MAY" and number not in rows:
            faults.append(f"{number}: no row in docs/PROTOCOL.md")
    for number, (level, text, state, programs) in rows.items():
        if wanted.get(number) != level:
            faults.append(f"{number}: {level} in the table, {wanted.get(number)} in the RFC")
        if state not in STATES or not text:
            faults.append(f"{number}: a text and one of {STATES} wanted")
        if (state == "done") != bool(programs):
            faults.append(f"{number}: tests are named where, and only where, it is done")
        for program in programs:
            if program not in tags.get(number, ()):
                faults.append(f"{number}: tests/{program}.c does not bear the number")
    for number, programs in tags.items():
        state = rows.get(number, (0, 0, "no row", []))
        if wanted.get(number) == "MAY":
            continue
        for program in programs - set(state[3]):
            faults.append(f"{number}: stands in tests/{program}.c, the row ({state[2]}) does not say so")
    for path in sources("core"):
        for number in numbers_in_comments(path) - set(wanted):
            faults.append(f"{number}: stands in {os.path.relpath(path, ROOT)}, the RFC has no such")
    try:
        for _ in mutants(set(wanted)):
            pass
    except ValueError as fault:
        faults.append(str(fault))
    for fault in sorted(faults):
        print(fault)
    if not faults:
        count()
    return 1 if faults else 0


def count():
    rows, _ = table()
    def n(level, state):
        return sum(1 for r in rows.values() if r[0] == level and r[2] == state)
    print("RFC 6940: %d of %d MUSTs done (%d not yet, %d not testable); %d of %d SHOULDs" % (
        n("MUST", "done"), sum(r[0] == "MUST" for r in rows.values()), n("MUST", "not yet"),
        n("MUST", "not testable"), n("SHOULD", "done"),
        sum(r[0] == "SHOULD" for r in rows.values())))
    return 0


# --- mutants ---------------------------------------------------------------------------------


def blank_comments(text):
    """The text with comments and strings blanked out, same length."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def closing(code, at):
    """The place of the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    raise ValueError("unbalanced")


def statement_end(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] in "({[") - (code[i] in ")}]")
        if code[i] == ";" and depth <= 0:
            return i
    raise ValueError("no end")


def member_end(code, at):
    """Behind the comma that ends the member of an initializer, or before the brace that does."""
    depth = 0
    for i in range(at, len(code)):
        if depth == 0 and code[i] in ",}":
            return i + (code[i] == ",")
        depth += (code[i] in "({[") - (code[i] in ")}]")
    raise ValueError("no end")


def edits(text, at):
    """Ways to disable the statement that begins at `at`: lists of (from, to, replacement)."""
    code = blank_comments(text)
    head = re.compile(r"(?:\}\s*)?(?:else\s+)?(if|while|for)\s*\(").match(code, at)
    if head:
        left = head.end() - 1
        right = closing(code, left)
        if head.group(1) == "for":
            left = code.index(";", left)
            right = code.index(";", left + 1)
        return [[(left + 1, left + 1, " 0 && ("), (right, right, ")")]]
    member = re.compile(r"\.\w+ = ").match(code, at)
    if member: # of an initializer: left out, it is zero
        return [[(at, member_end(code, at), "")]]
    end = statement_end(code, at)
    value = re.compile(r"(?:return|(?:const )?bool \w+ =)\s+(?=\S)").match(code, at)
    if value:
        return [[(value.end(), value.end(), f"{constant} ("), (end, end, ")")]
                for constant in ("true ||", "false &&")]
    return [[(at, end, "")]]


def mutants(shown):
    """(path, line, numbers, text) of every mutant; numbers are those that are `shown` by tests."""
    for path in sources("core"):
        text = read(path)
        code = blank_comments(text)
        for comment in COMMENT.finditer(text):
            numbers = [n for n in NUMBER.findall(comment.group(0)) if n in shown]
            if not numbers:
                continue
            start = text.rfind("\n", 0, comment.start()) + 1
            if not code[start:comment.start()].strip():
                start = comment.end()
            at = start + len(code[start:]) - len(code[start:].lstrip())
            line = text.count("\n", 0, at) + 1
            try:
                ways = edits(text, at)
            except ValueError:
                where = os.path.relpath(path, ROOT)
                raise ValueError(f"{where}:{line}: {' '.join(numbers)}: no statement begins here")
            for edit in ways:
                mutant = text
                for begin, end, new in reversed(edit):
                    mutant = mutant[:begin] + new + mutant[end:]
                yield path, line, numbers, mutant


def copy_tree():
    """The sources as they are now, in the scratch; only what has changed is written."""
    for top in ("core", "sim", "metrics", "plots", "cli", "live", "cmake", "tests", "CMakeLists.txt",
                "CMakePresets.json"):
        source = os.path.join(ROOT, top)
        for folder, _, names in os.walk(source) if os.path.isdir(source) else [(ROOT, 0, [top])]:
            for name in names:
                old = os.path.join(folder, name)
                new = os.path.join(SCRATCH, "src", os.path.relpath(old, ROOT))
                data = open(old, "rb").read()
                if os.path.exists(new) and open(new, "rb").read() == data:
                    continue
                os.makedirs(os.path.dirname(new), exist_ok=True)
                shutil.copyfile(old, new)


def build(targets):
    out = os.path.join(SCRATCH, "out")
    return subprocess.run(["ninja", "-C", out] + sorted(targets), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def target(program):
    return program.replace("/", "_")


def fails(program):
    path = os.path.join(SCRATCH, "out", "tests", target(program))
    try:
        return subprocess.run([path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=60).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def mutate(wanted, seconds):
    rows, _ = table()
    shown = {number for number, row in rows.items() if row[2] == "done"}
    everything = [m for m in mutants(shown) if not wanted or set(wanted) & set(m[2])]
    programs = {p for m in everything for n in m[2] for p in rows.get(n, (0, 0, 0, []))[3]}
    copy_tree()
    subprocess.run(["cmake", "-S", os.path.join(SCRATCH, "src"), "-B", os.path.join(SCRATCH, "out"),
                    "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_C_FLAGS=-O1 -w"],
                   check=True, stdout=subprocess.DEVNULL)
    result = build(target(p) for p in programs)
    if result.returncode:
        sys.exit(result.stdout[-3000:])
    broken = [p for p in sorted(programs) if fails(p)]
    if broken:
        sys.exit(f"fail without any mutation: {' '.join(broken)}")
    killed, survivors, started = 0, [], time.monotonic()
    for done, (path, line, numbers, text) in enumerate(everything):
        if time.monotonic() - started > seconds:
            print(f"time is up: {len(everything) - done} mutants not tried")
            break
        where = os.path.relpath(path, ROOT)
        copy = os.path.join(SCRATCH, "src", where)
        original = read(copy)
        mine = {p for n in numbers for p in rows.get(n, (0, 0, 0, []))[3]}
        with open(copy, "w", encoding="utf-8") as f:
            f.write(text)
        try:
            result = build(target(p) for p in mine)
            failed = {p: result.returncode == 0 and fails(p) for p in sorted(mine)}
        finally:
            with open(copy, "w", encoding="utf-8") as f:
                f.write(original)
        if result.returncode: # proves nothing: the number stands at the wrong statement
            print(f"{where}:{line}: does not compile\n{result.stdout[-500:]}")
            failed = {p: False for p in mine}
        alive = [n for n in numbers if not any(failed[p] for p in rows[n][3])]
        if alive:
            survivors.append(f"{where}:{line}")
            print(f"{where}:{line}: nothing fails for {' '.join(alive)}", flush=True)
        else:
            killed += 1
    build(target(p) for p in programs)
    numbers = {n for m in everything for n in m[2]}
    print("%d mutants of %d statements for %d requirements: %d killed, %d survive" % (
        killed + len(survivors), len({m[:2] for m in everything}), len(numbers), killed,
        len(survivors)))
    return 1 if survivors else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("check", "count", "mutate"))
    parser.add_argument("number", nargs="*")
    parser.add_argument("--seconds", type=int, default=1800)
    options = parser.parse_args()
    unknown = sorted(set(options.number) - set(levels()))
    if unknown:
        parser.error(f"{unknown[0]} is no number of docs/PROTOCOL.md; they look like 6940-6.1.1-2")
    if options.number and options.command != "mutate":
        parser.error(f"{options.command} takes no numbers")
    if options.command == "mutate":
        return mutate(options.number, options.seconds)
    return check() if options.command == "check" else count()


if __name__ == "__main__":
    sys.exit(main())
