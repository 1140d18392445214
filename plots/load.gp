# ---- load: Lorenz curves: the share of all load that the least loaded peers carry ----
set ylabel "share of the load"
set xrange [0 : 1]
set yrange [0 : 1]
set samples 2
plot x with lines linetype 6 linecolor rgb rfc ? "black" : "#777777" dashtype (1,3) linewidth 1.5 \
        title "all alike", \
    for [c = 1:curves] $data index c - 1 using 1:2 with linespoints linetype c \
        pointnumber 9 + c title label[c]
