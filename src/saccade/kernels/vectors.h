/* Vectors of numbers, for sources that are compiled once for each precision.

A source defines SOURCE as its own name and includes this file twice: once without REAL, after what
does not depend on the precision, which includes the source again for float and for double; and once
with REAL, at the start of what does depend on it. NAME(x) is x with the precision behind it. */
#ifndef REAL

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#define INLINE static inline __attribute__((always_inline))
#define LANES ((int64_t)(BYTES / sizeof(REAL)))
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define vec NAME(vec)
#define loose NAME(loose)
#define bits NAME(bits)

#define REAL float
#define WHOLE int32_t
#define DIGITS 23
#define BIAS 127
#define NAME(x) JOIN(x, _float)
#include SOURCE
#undef REAL
#undef WHOLE
#undef DIGITS
#undef BIAS
#undef NAME

#define REAL double
#define WHOLE int64_t
#define DIGITS 52
#define BIAS 1023
#define NAME(x) JOIN(x, _double)
#include SOURCE

#else

typedef REAL vec __attribute__((vector_size(BYTES)));
typedef REAL loose __attribute__((vector_size(BYTES), aligned(sizeof(REAL)), may_alias));
typedef WHOLE bits __attribute__((vector_size(BYTES)));

INLINE vec NAME(load)(const REAL *x) { return *(const loose *)x; }
INLINE void NAME(store)(REAL *x, vec v) { *(loose *)x = v; }
INLINE vec NAME(all)(REAL x) { return x - (vec){0}; }

INLINE vec NAME(larger)(vec a, vec b) {
#if defined(__AVX512F__)
  return DIGITS == 23 ? (vec)_mm512_max_ps((__m512)a, (__m512)b)
                      : (vec)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX__)
  return DIGITS == 23 ? (vec)_mm256_max_ps((__m256)a, (__m256)b)
                      : (vec)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
  bits more = (bits)(a > b);
  return (vec)(((bits)a & more) | ((bits)b & ~more));
#endif
}

/* 2 to the power of t; exactly 0 from -BIAS downwards. */
INLINE vec NAME(power)(vec t) {
  const REAL round = (REAL)((WHOLE)3 << (DIGITS - 1));
  t = NAME(larger)(t, NAME(all)(-(REAL)BIAS));
  vec shifted = t + (round + BIAS);
  vec f = t - (shifted - (round + BIAS));
#if DIGITS == 23
  static const REAL factor[] = {1.0000000716546724, 0.6931469670643611, 0.24022119723881985,
                                0.05550713274150989, 0.009675541332763674,
                                0.0013276471781410414};
#else
  static const REAL factor[] = {
      1.0, 0.6931471805599453, 0.2402265069591007, 0.055504108664821576, 0.009618129107628477,
      0.0013333558146428441, 0.00015403530393381606, 1.5252733804059838e-05,
      1.3215486790144305e-06, 1.0178086009239696e-07, 7.054911620801121e-09,
      4.44553827187081e-10, 2.5678435993488196e-11, 1.3691488853904124e-12};
#endif
  const int last = sizeof factor / sizeof *factor - 1;
  vec y = NAME(all)(factor[last]);
#pragma GCC unroll 16
  for (int i = last - 1; i >= 0; i--) y = y * f + factor[i];
  return y * (vec)((bits)shifted << DIGITS);
}

#endif
