
# ---- style: the same in every figure. Curves differ by dash and marker, not by colour alone. ----
if (!exists("format")) format = "svg"
rfc = format eq "rfc-svg" # black only; relo makes the profile of RFC 7996 of it
txt = format eq "txt"
set encoding utf8
if (txt) { caption = caption_txt; caption_lines = caption_txt_lines }
two_columns = curves > 1 && label_longest <= 30
legend_rows = two_columns ? (curves + 1) / 2 : curves
if (figure eq "hops") legend_rows = two_columns ? curves / 2 + 1 : curves + 1
if (figure eq "load") legend_rows = curves + 1
if (figure eq "cost") legend_rows = curves / 2
if (exists("panels")) legend_rows = count[1] > 6 && label_longest <= 20 ? (count[1] + 1) / 2 : count[1]
if (figure eq "nat-matrix") legend_rows = 0
if (legend ne "") legend_rows = legend_rows + (txt ? 2 : 1)
# The canvas in lines of text; the figure of panels is taller.
body = exists("panels") ? 4.0 + 12.0 * panels : 26.0
if (figure eq "traffic" && tics > 10) body = 34.0 # upright labels below
if (txt) body = exists("panels") ? 12.0 * panels : 23.0
wide = format eq "svg" || rfc ? 1.0 : 0 # its fonts are taller than a line
lines = body + legend_rows + caption_lines + 2 * wide
if (format eq "svg" || rfc) set terminal svg size 760, 18 * lines font "sans-serif,14" \
    background "white" noenhanced linewidth 1.2
if (format eq "png") set terminal pngcairo size 1520, 39 * lines font "sans,26" \
    noenhanced linewidth 2.4 pointscale 2
if (format eq "pdf") set terminal pdfcairo size 7.5, 0.19 * lines font "sans,11" \
    noenhanced linewidth 1.2 pointscale 0.7
if (txt) set terminal dumb size 72, lines mono noenhanced
file = figure . "." . (rfc ? "rfc.svg" : format)
# Text goes into drafts: without gnuplot's form feed and blanks at the ends of lines.
set output txt ? "|sed 's/\\f//; s/ *$//' >" . file : file

set linetype 1 linecolor rgb "#000000" dashtype 1 linewidth 1.5 pointtype 7
set linetype 2 linecolor rgb "#0060a8" dashtype (12,5) linewidth 1.5 pointtype 4
set linetype 3 linecolor rgb "#b84a00" dashtype (3,4) linewidth 1.5 pointtype 9
set linetype 4 linecolor rgb "#00735a" dashtype (14,4,3,4) linewidth 1.5 pointtype 6
set linetype 5 linecolor rgb "#8a3a78" dashtype (7,4) linewidth 1.5 pointtype 13
set linetype 6 linecolor rgb "#555555" dashtype (2,2) linewidth 1.5 pointtype 8
set linetype 7 linecolor rgb "#3a8fc4" dashtype (20,4) linewidth 1.5 pointtype 5
set linetype 8 linecolor rgb "#c08a00" dashtype (14,4,3,4,3,4) linewidth 1.5 pointtype 12
set linetype cycle 8
if (rfc) do for [i = 1:8] { set linetype i linecolor rgb "black" }

# From top to bottom: heading, legend, the figure, caption.
set label 2 heading at screen 0.5, screen 1 - 1.0 / lines center
set label 1 caption at screen 0.02, screen (caption_lines - 0.2) / lines left \
    font (format eq "png" ? ",21" : format eq "svg" || rfc ? ",11.5" : ",9") textcolor rgb "#333333"
long = label_longest > 52 # would not end within the canvas
set key at screen (txt && long ? 0 : 0.1), screen 1 - (txt ? 2.0 : 1.7) / lines left top Left \
    reverse samplen (txt && long ? 2 : 4)
small = format eq "png" ? ",21" : format eq "pdf" ? ",9" : ",11.5" # a bare expression is no font
if (long && !txt) set key font small
if (legend ne "") set key title legend left
set key maxrows legend_rows - (legend ne "") * (txt ? 2 : 1) width 2
top_margin = 1 - (legend_rows + 2.4 + wide) / lines
bottom_margin = (caption_lines + 4.0 + wide) / lines
set tmargin at screen top_margin
set bmargin at screen bottom_margin
set rmargin at screen 0.96
set border 3
set tics nomirror out
set grid ytics linecolor rgb "#c8c8c8" dashtype 1 linewidth 0.8
if (txt) unset grid
if (rfc) set grid ytics linecolor rgb "black" dashtype (1,6) linewidth 0.4
set xlabel x_label

