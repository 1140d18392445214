/* SPDX-License-Identifier: BSD-2-Clause */
/* Student's t distribution: intervals and tests over a few independent runs. */
#ifndef MX_STUDENT_H
#define MX_STUDENT_H

/* The probability that |T| >= |t| with so many degrees of freedom (df >= 1); 0 for t infinite. */
double mx_student_two_sided(double t, unsigned df);

/* The t for which that is 5 %: half a 95 % interval is this many standard errors. */
double mx_student_95(unsigned df);

#endif
