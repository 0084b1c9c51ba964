// glibc 2.29 gave exp and log new versions, and a linker asks for the newest it sees. The versions from before give the
// same results; asking for them lets an addon built on any newer system load wherever Node's own programs do (2.28).
// The linker sends every call of exp and log here (--wrap in CMakeLists.txt).
#include <cmath>

extern "C" {

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))
#if defined(__x86_64__)
__asm__(".symver oldest_exp, exp@GLIBC_2.2.5");
__asm__(".symver oldest_log, log@GLIBC_2.2.5");
#else
__asm__(".symver oldest_exp, exp@GLIBC_2.17");
__asm__(".symver oldest_log, log@GLIBC_2.17");
#endif
double oldest_exp(double);
double oldest_log(double);
#else  // musl has one version of everything
double oldest_exp(double) __asm__("__real_exp");
double oldest_log(double) __asm__("__real_log");
#endif

double __wrap_exp(double x) { return oldest_exp(x); }
double __wrap_log(double x) { return oldest_log(x); }
}
