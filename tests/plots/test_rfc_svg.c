/* SPDX-License-Identifier: BSD-2-Clause */
/* The profile of RFC 7996: what is refused, and what becomes of gnuplot's SVG. */
#include "plots/rfc_svg.h"

#include <string.h>

#define HEAD "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">"
#define WORDS "<title>t</title><desc>d</desc>"

static void assert_refused(const char *svg, const char *because)
{
    char *error;
    g_assert_false(mx_rfc_svg_check(svg, &error));
    if (!strstr(error, because))
        g_error("\"%s\" does not speak of %s", error, because);
    g_free(error);
}

static void assert_accepted(const char *svg)
{
    char *error;
    mx_rfc_svg_check(svg, &error);
    g_assert_cmpstr(error, ==, NULL);
}

static void colours_and_fonts_are_refused(void)
{
    assert_accepted(HEAD WORDS "<path fill=\"none\" stroke=\"#000000\" d=\"M0,0 L1,1\"/></svg>");
    assert_refused(HEAD WORDS "<path stroke=\"#0060a8\" d=\"M0,0\"/></svg>", "#0060a8");
    assert_refused(HEAD WORDS "<path stroke=\"rgb(0,0,0)\" d=\"M0,0\"/></svg>", "rgb(0,0,0)");
    assert_refused(HEAD WORDS "<text font-family=\"Arial\">x</text></svg>", "Arial");
    assert_accepted(HEAD WORDS "<text font-family=\"monospace\">x</text></svg>");
}

static void what_readers_cannot_show_is_refused(void)
{
    assert_refused(HEAD WORDS "<clipPath/></svg>", "clipPath");
    assert_refused(HEAD WORDS "<linearGradient/></svg>", "linearGradient");
    assert_refused(HEAD WORDS "<marker/></svg>", "marker");
    assert_refused(HEAD WORDS "<style>p{}</style></svg>", "style");
    assert_refused(HEAD WORDS "<script/></svg>", "script");
    assert_refused(HEAD WORDS "<image/></svg>", "image");
    assert_refused(HEAD WORDS "<g style=\"fill:red\"/></svg>", "style");
    assert_refused(HEAD WORDS "<g clip-path=\"url(#a)\"/></svg>", "clip-path");
    assert_refused(HEAD WORDS "<rect fill=\"url(#p)\"/></svg>", "url(#p)");
    assert_refused(HEAD WORDS "<g onclick=\"x\"/></svg>", "onclick");
}

static void who_cannot_see_is_told(void)
{
    assert_refused(HEAD "<desc>d</desc></svg>", "title");
    assert_refused(HEAD "<title>t</title></svg>", "desc");
    assert_refused(HEAD "<title/><desc>d</desc></svg>", "title");
    assert_refused("<svg>" WORDS "</svg>", "viewBox");
    assert_refused(HEAD WORDS, "");
    assert_refused("<html/>", "html");
}

/* "Mx,y Lx,y ...": the hatching ends where the box does, 10 to 20 across and 12 to 30 down. */
static void assert_inside_box(const char *d)
{
    unsigned n = 0;
    for (char *end; *d != '"'; d = end, n++) {
        d += strspn(d, "ML ");
        double x = g_ascii_strtod(d, &end), y = g_ascii_strtod(end + 1, &end);
        g_assert_true(x >= 10 && x <= 20 && y >= 12 && y <= 30);
    }
    g_assert_cmpuint(n, >, 10);
}

static void gnuplot_is_rewritten(void)
{
    static const char gnuplot[] =
        "<?xml version=\"1.0\"?><svg width=\"40\" height=\"40\" viewBox=\"0 0 40 40\""
        " xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
        "<title>Gnuplot</title><desc>Produced</desc><defs><circle id='gpPt6' r='1'/></defs>"
        "<g fill=\"none\" color=\"gray\" stroke=\"currentColor\"></g>"
        "<g id=\"plot\"><defs><pattern id='gpPat1' width='8' height='8'>"
        "<path style='fill:none; stroke:rgb(0,0,0)' d='M0,0 L8,8 M0,8 L8,0'/></pattern></defs>"
        "<polygon fill = 'url(#gpPat1)' points = '10,30 20,30 20,12 10,12 '/>"
        "<use xlink:href='#gpPt6' transform='translate(5,6) scale(2)' color='rgb(0, 96, 168)'/>"
        "<path stroke='rgb(  0,  96, 168)' class=\"gridline\" d='M1,2 L3,4'/>"
        "<g font-family=\"Helvetica\" fill=\"#333333\"><text>5 &lt; 6</text></g></g></svg>";
    char *error, *svg = mx_rfc_svg(gnuplot, "A & B", "what <it> says", &error);
    g_assert_cmpstr(error, ==, NULL);
    assert_accepted(svg);
    g_assert_nonnull(strstr(svg, "<title>A &amp; B</title>\n<desc>what &lt;it&gt; says</desc>"));
    g_assert_null(strstr(svg, "Gnuplot"));
    g_assert_null(strstr(svg, "gray"));
    g_assert_nonnull(strstr(svg, "<path stroke=\"#000000\" d=\"M1,2 L3,4\">"));
    g_assert_nonnull(strstr(svg, "translate(5,6) scale(2)\"><circle"));
    g_assert_nonnull(strstr(svg, "<g font-family=\"sans-serif\" fill=\"#000000\"><text>5 &lt; 6"));
    assert_inside_box(strstr(svg, "stroke-width=\"0.7\" d=\"") +
                      strlen("stroke-width=\"0.7\" d=\""));
    g_assert_nonnull(strstr(svg, "<rect x=\"10.00\" y=\"12.00\" width=\"10.00\" height=\"18.00\""));
    g_free(svg);
}

static void what_is_no_svg_is_a_sentence(void)
{
    char *error;
    g_assert_null(mx_rfc_svg("<svg><g></svg>", "t", "d", &error));
    g_assert_nonnull(strstr(error, "cannot be read"));
    g_free(error);
    g_assert_false(mx_rfc_svg_file("/nonexistent/x.svg", "t", "d", &error));
    g_assert_nonnull(strstr(error, "x.svg"));
    g_free(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rfc_svg/colours_and_fonts_are_refused", colours_and_fonts_are_refused);
    g_test_add_func("/rfc_svg/what_readers_cannot_show_is_refused",
                    what_readers_cannot_show_is_refused);
    g_test_add_func("/rfc_svg/who_cannot_see_is_told", who_cannot_see_is_told);
    g_test_add_func("/rfc_svg/gnuplot_is_rewritten", gnuplot_is_rewritten);
    g_test_add_func("/rfc_svg/what_is_no_svg_is_a_sentence", what_is_no_svg_is_a_sentence);
    return g_test_run();
}
