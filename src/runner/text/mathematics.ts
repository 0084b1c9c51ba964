/** Mathematics of the built-in text, in words, in LaTeX and in figures. */
export const MATHEMATICS = String.raw`Theorem. There are infinitely many prime numbers of the form 4k + 3.

Proof. Suppose there were only finitely many, say p_1 = 3, p_2 = 7, ..., p_n. Let N = 4 p_1 p_2 ... p_n - 1. Then N leaves the
remainder 3 on division by 4. A product of numbers that leave the remainder 1 leaves the remainder 1 again, so at least one
prime factor q of N leaves the remainder 3. But q is none of the p_i, for each of them divides N + 1. This contradicts the
assumption that the list was complete. QED.

Exercise 7. Let $f(x) = x^3 - 3x + 1$. Show that f has three real roots, and that if r is one of them, then $r^2 - 2$ is another.

Solution. We have $f(-2) = -1 < 0$, $f(-1) = 3 > 0$, $f(1) = -1 < 0$ and $f(2) = 3 > 0$, which gives a root in each of the
intervals $(-2,-1)$, $(-1,1)$, $(1,2)$. Write $r = 2\cos\theta$. Then $f(r) = 8\cos^3\theta - 6\cos\theta + 1 = 2\cos 3\theta + 1$,
so that $\cos 3\theta = -\tfrac12$, and $r^2 - 2 = 4\cos^2\theta - 2 = 2\cos 2\theta$. Since $\cos(3 \cdot 2\theta) = 2\cos^2 3\theta - 1
= 2 \cdot \tfrac14 - 1 = -\tfrac12$, the number $2\cos 2\theta$ is a root as well.

$$\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}, \qquad \sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}, \qquad
\zeta(s) = \prod_p \frac{1}{1 - p^{-s}} \quad (\Re s > 1).$$

A bag holds 5 red, 4 blue and 3 white balls. Three are drawn without putting any back. What is the probability that all
three have different colours? There are C(12, 3) = 220 ways to draw three balls, and 5 * 4 * 3 = 60 of them take one of
each colour. The probability is 60/220 = 3/11, about 27.3 %.

Two trains leave towns that are 210 km apart at the same time and drive towards each other, one at 80 km/h, the other at
60 km/h. They meet after 210 / (80 + 60) = 1.5 hours, 120 km from the first town. If the slower one leaves half an hour
later, the first has 40 km behind it by then, the remaining 170 km take 170/140 hours, that is 1 h 12 min 51 s, and they
meet about 137.1 km from the first town.

  37 * 43 = 1591     1591 / 43 = 37       2^10 = 1024      2^20 = 1048576     7! = 5040
  0.1 + 0.2 = 0.3    sqrt(2) = 1.414213562373095...        e = 2.718281828459045...
  log_10(2) = 0.30103    sin(pi/6) = 1/2    cos(pi/4) = 0.70710678    (1 + sqrt(5))/2 = 1.6180339887
  1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765

| n | n^2 | n^3 | 1/n |
|---|-----|-----|-----|
| 6 | 36 | 216 | 0.166667 |
| 7 | 49 | 343 | 0.142857 |
| 8 | 64 | 512 | 0.125000 |
| 9 | 81 | 729 | 0.111111 |

Let A be a symmetric matrix with eigenvalues $\lambda_1 \ge \dots \ge \lambda_n$. For every unit vector x we have $\lambda_n \le
x^\top A x \le \lambda_1$: expand x in an orthonormal basis of eigenvectors, $x = \sum c_i v_i$ with $\sum c_i^2 = 1$, and read off
$x^\top A x = \sum \lambda_i c_i^2$, which is a weighted mean of the eigenvalues.
`;
