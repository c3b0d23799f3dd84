/* Sums over windows with weights of their own for each group of channels, and what makes the
weights: given ones, local relations, or the pairwise mapping of vector attention. Forward and
backward, single and double precision.

Source: Zhao, Jia, Koltun, arXiv:2004.13621, eq. 2-4 (pairwise); Hu, Zhang, Xie, Lin,
arXiv:1904.11491, eq. 2-5 (local relation). Maps are (image, channel, row, column).

How it works. Maps that windows read are padded beforehand (`pad`), their columns sorted by column
modulo stride, so that vectors run over neighbouring windows and the k columns of a window are k
unaligned loads of one row. A thread takes some rows of an image and goes through them in pieces
of one to three vectors. All of a piece's logits fit into the nearest caches: they are made, turned
into weights and summed with at once, and nothing of the size of k² maps is ever stored.

The gradient makes them again. What it adds to padded maps goes into one buffer per band of rows;
`unpad` adds the bands up in their order. Every number is summed in an order that does not depend
on the number of threads, so results repeat to the bit.

This file includes itself, once for each precision. */
#ifndef REAL

#define SOURCE "aggregation.c"
#include <stdint.h>

enum { GIVEN = 0, RELATION = 1, PAIRWISE = 2, MOMENTS = 3 };
enum { PRODUCT = 0, SQUARED = 1, ABSOLUTE = 2 };

typedef struct {
  int64_t kind, images, channels, groups, interleaved, share;
  int64_t oh, ow, k, stride, dilation;
  int64_t rows, pitch;               /* of a padded map */
  int64_t left, compared, hidden;    /* channels of left and right, of what is compared, of h */
  int64_t products, dot;             /* leading channels that are multiplied; and added up */
  int64_t similarity, masked;
  int64_t bands, tall, threads;      /* bands of rows per image, rows of windows in a band */
} Shape;

typedef struct {
  int64_t images, channels, h, w, rows, pitch, bands, tall, step, threads;
} Padding;

#include "vectors.h"

#else /* once for each precision from here on */

#include "vectors.h"

#define Data NAME(Data)
#define Room NAME(Room)
#define Piece NAME(Piece)

/* All that comes in and goes out; pointers that a kind does not need are zero. */
typedef struct {
  const REAL *given;                    /* weights (b g k² oh ow) */
  const REAL *left, *right, *values;    /* (b left oh ow), padded (b left ..), padded (b c ..) */
  const REAL *prior;                    /* (g k²) */
  const REAL *shift, *first, *middle, *second; /* (products), (hidden compared), (hidden), (g hidden) */
  const int64_t *at, *from;             /* column of a window's j-th place (k); row read (rows) */
  const REAL *outside;                  /* per padded column 0, or a large negative number (pitch) */
  REAL *out, *kept;                     /* (b c oh ow); largest logit and 1/sum (b g 2 oh ow) */
  const REAL *gradient;                 /* of out; for moments (2 hidden): dh = [0] + [1]·h */
  REAL *d_given, *d_left, *d_right, *d_values; /* the last two per band */
  REAL *d_small;                        /* per band: of prior, or of shift, first, middle, second */
  double *sums;                         /* per row: sums of h - pivot and its square (2 hidden) */
  REAL *pivot;                          /* (hidden) */
} Data;

INLINE vec NAME(choose)(bits yes, vec a, vec b) { return (vec)(((bits)a & yes) | ((bits)b & ~yes)); }
INLINE vec NAME(positive)(vec a) { return (vec)((bits)a & (bits)(a > 0)); }

static REAL NAME(sum)(vec v) {
  REAL s = 0;
  for (int64_t i = 0; i < LANES; i++) s += v[i];
  return s;
}

/* e to the power of x for x <= 0; exactly 0 for very negative x. */
INLINE vec NAME(exponential)(vec x) { return NAME(power)(x * (REAL)1.4426950408889634); }

/* What a thread works with, for one piece of at most 3 vectors; all are pieces of one block. */
typedef struct {
  REAL *left, *d_left;       /* (left W) */
  REAL *compared, *hidden;   /* (k² compared W), (k² hidden W) after their ReLUs */
  REAL *slope;               /* (k² hidden W) */
  REAL *back;                /* (compared W) */
  REAL *weights, *d_weights; /* (k² g W) */
  REAL *gradient, *scale;    /* (c W), (2 g W) */
  REAL *small;               /* (hidden (compared + 1 + g)) vectors */
} Room;

static int64_t NAME(cut)(const Shape *s, int backward, char *memory, Room *room) {
  int64_t used = 0, wide = 3 * LANES, kk = s->k * s->k;
  int64_t each = backward ? kk : 1;
#define TAKE(field, count)                                                                     \
  do {                                                                                         \
    room->field = (REAL *)(memory + used);                                                     \
    used += ((int64_t)(count) * wide * (int64_t)sizeof(REAL) + 127) / 64 * 64;                 \
  } while (0)
  TAKE(left, s->left);
  TAKE(compared, each * s->compared);
  TAKE(hidden, each * s->hidden);
  TAKE(weights, kk * s->groups);
  TAKE(scale, 2 * s->groups);
  if (backward) {
    TAKE(d_left, s->left);
    TAKE(slope, kk * s->hidden);
    TAKE(back, s->compared);
    TAKE(d_weights, kk * s->groups);
    TAKE(gradient, s->channels);
    TAKE(small, s->hidden * (s->compared + 1 + s->groups));
  }
#undef TAKE
  return used;
}

/* Bytes of memory that the threads need together. */
int64_t NAME(aggregation_room)(const Shape *s, int64_t backward) {
  Room room;
  return s->threads * NAME(cut)(s, (int)backward, 0, &room) + 64;
}

/* Where a piece lies: image, row of windows, first column, columns that exist. */
typedef struct {
  int64_t image, band, y, x, count;
} Piece;

/* Read a line of numbers into a piece, zeros beyond its end. */
INLINE void NAME(fetch)(const int n, REAL *to, const REAL *from, int64_t count) {
  if (count == n * LANES) {
    for (int i = 0; i < n; i++) NAME(store)(to + i * LANES, NAME(load)(from + i * LANES));
    return;
  }
  for (int64_t i = 0; i < n * LANES; i++) to[i] = i < count ? from[i] : 0;
}

INLINE void NAME(put)(const int n, REAL *to, const vec *from, int64_t count) {
  if (count == n * LANES) {
    for (int i = 0; i < n; i++) NAME(store)(to + i * LANES, from[i]);
    return;
  }
  for (int64_t i = 0; i < count; i++) to[i] = from[i / LANES][i % LANES];
}

/* to[o] = start[o] + over i of w[o wo + i wi] * z[i], for m rows o of n vectors. */
INLINE void NAME(rows)(const int n, const int m, int64_t ins, const REAL *w, int64_t wo, int64_t wi,
                       const REAL *start, const REAL *z, REAL *to, const int relu) {
  const int64_t wide = n * LANES;
  vec sums[8][3];
#pragma GCC unroll 8
  for (int o = 0; o < m; o++)
    for (int v = 0; v < n; v++) sums[o][v] = NAME(all)(start ? start[o] : 0);
  for (int64_t i = 0; i < ins; i++) {
    vec x[3];
#pragma GCC unroll 3
    for (int v = 0; v < n; v++) x[v] = NAME(load)(z + i * wide + v * LANES);
#pragma GCC unroll 8
    for (int o = 0; o < m; o++) {
      vec f = NAME(all)(w[o * wo + i * wi]);
#pragma GCC unroll 3
      for (int v = 0; v < n; v++) sums[o][v] += f * x[v];
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < m; o++)
#pragma GCC unroll 3
    for (int v = 0; v < n; v++)
      NAME(store)(to + o * wide + v * LANES, relu ? NAME(positive)(sums[o][v]) : sums[o][v]);
}

INLINE void NAME(product)(const int n, int64_t outs, int64_t ins, const REAL *w, int64_t wo,
                          int64_t wi, const REAL *start, const REAL *z, REAL *to, const int relu) {
  const int64_t wide = n * LANES;
  int64_t o = 0;
#define SOME(m)                                                                                \
  for (; o + m <= outs; o += m)                                                                \
    NAME(rows)(n, m, ins, w + o * wo, wo, wi, start ? start + o : 0, z, to + o * wide, relu)
  if (n == 1) SOME(8);
  SOME(4);
  SOME(1);
#undef SOME
}

/* sums[o, i] += over count places j of x[j, o] * y[j, i], lane by lane, for m rows and l columns. */
INLINE void NAME(block)(const int n, const int m, const int l, int64_t count, const REAL *x,
                        int64_t xs, const REAL *y, int64_t ys, vec *to, int64_t row) {
  const int64_t wide = n * LANES;
  vec sums[4][2];
#pragma GCC unroll 4
  for (int o = 0; o < m; o++)
    for (int i = 0; i < l; i++) sums[o][i] = to[o * row + i];
  for (int64_t j = 0; j < count; j++)
#pragma GCC unroll 3
    for (int v = 0; v < n; v++) {
      vec b[2];
#pragma GCC unroll 2
      for (int i = 0; i < l; i++) b[i] = NAME(load)(y + (j * ys + i) * wide + v * LANES);
#pragma GCC unroll 4
      for (int o = 0; o < m; o++) {
        vec a = NAME(load)(x + (j * xs + o) * wide + v * LANES);
#pragma GCC unroll 2
        for (int i = 0; i < l; i++) sums[o][i] += a * b[i];
      }
    }
#pragma GCC unroll 4
  for (int o = 0; o < m; o++)
    for (int i = 0; i < l; i++) to[o * row + i] = sums[o][i];
}

INLINE void NAME(outer)(const int n, int64_t count, const REAL *x, int64_t xs, const REAL *y,
                        int64_t ys, vec *to) {
  const int64_t wide = n * LANES;
  int64_t o = 0;
#define COLUMNS(m)                                                                             \
  for (; o + m <= xs; o += m) {                                                                \
    int64_t i = 0;                                                                             \
    for (; i + 2 <= ys; i += 2)                                                                \
      NAME(block)(n, m, 2, count, x + o * wide, xs, y + i * wide, ys, to + o * ys + i, ys);    \
    for (; i < ys; i++)                                                                        \
      NAME(block)(n, m, 1, count, x + o * wide, xs, y + i * wide, ys, to + o * ys + i, ys);    \
  }
  COLUMNS(4)
  COLUMNS(1)
#undef COLUMNS
}

/* Distance of the place (a, b) of a piece's windows from the start of a padded channel. */
INLINE int64_t NAME(place)(const Shape *s, const Data *d, const Piece *p, int64_t a, int64_t b) {
  return (p->y * s->stride + a * s->dilation) * s->pitch + d->at[b] + p->x;
}

/* What is compared at one place, after shift and ReLU: (compared W). */
INLINE void NAME(compare)(const int n, const Shape *s, const REAL *left, const REAL *right,
                          const REAL *shift, REAL *to) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  for (int v = 0; v < n; v++) {
    const REAL *l = left + v * LANES, *r = right + v * LANES;
    REAL *t = to + v * LANES;
    int64_t i = 0;
    if (s->dot) {
      vec sum = NAME(all)(shift[0]);
      for (; i < s->products; i++) sum += NAME(load)(l + i * wide) * NAME(load)(r + i * plane);
      NAME(store)(t, NAME(positive)(sum));
      t += wide;
    }
    for (; i < s->products; i++, t += wide)
      NAME(store)(t, NAME(positive)(NAME(load)(l + i * wide) * NAME(load)(r + i * plane) + shift[i]));
    for (; i < s->left; i++, t += wide)
      NAME(store)(t, NAME(positive)(NAME(load)(l + i * wide) - NAME(load)(r + i * plane)));
  }
}

/* The gradient of `compare`: from slopes (compared W), those of left, right and shift. */
INLINE void NAME(uncompare)(const int n, const Shape *s, const Room *room, const REAL *right,
                            REAL *d_right, int64_t d_plane, REAL *d_shift) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  const REAL *slope = room->back;
  for (int64_t i = 0; i < s->left; i++) {
    int multiplied = i < s->products, added = s->dot && multiplied;
    REAL total = 0;
    for (int v = 0; v < n; v++) {
      REAL *mine = room->d_left + i * wide + v * LANES, *theirs = d_right + i * d_plane + v * LANES;
      vec g = NAME(load)(slope + v * LANES);
      if (multiplied) {
        NAME(store)(mine, NAME(load)(mine) + g * NAME(load)(right + i * plane + v * LANES));
        NAME(store)(theirs, NAME(load)(theirs) + g * NAME(load)(room->left + i * wide + v * LANES));
        total += NAME(sum)(g);
      } else {
        NAME(store)(mine, NAME(load)(mine) + g);
        NAME(store)(theirs, NAME(load)(theirs) - g);
      }
    }
    if (multiplied && !added) d_shift[i] += total;
    if (added && i == 0) d_shift[0] += total;
    if (!added || i == s->products - 1) slope += wide;
  }
}

/* Logits of local relation at one place: (g W). */
INLINE void NAME(relate)(const int n, const Shape *s, const REAL *left, const REAL *right,
                         const REAL *prior, REAL *to) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch, kk = s->k * s->k;
  for (int64_t g = 0; g < s->groups; g++)
    for (int v = 0; v < n; v++) {
      vec q = NAME(load)(left + g * wide + v * LANES), k = NAME(load)(right + g * plane + v * LANES);
      vec far = q - k, like = q * k;
      if (s->similarity == SQUARED) like = -far * far;
      if (s->similarity == ABSOLUTE) like = NAME(choose)((bits)(far > 0), -far, far);
      NAME(store)(to + g * wide + v * LANES, like + (prior ? prior[g * kk] : 0));
    }
}

INLINE void NAME(unrelate)(const int n, const Shape *s, const Room *room, const REAL *slope,
                           const REAL *right, REAL *d_right, int64_t d_plane, REAL *d_prior) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch, kk = s->k * s->k;
  for (int64_t g = 0; g < s->groups; g++) {
    vec total = {0};
    for (int v = 0; v < n; v++) {
      REAL *mine = room->d_left + g * wide + v * LANES, *theirs = d_right + g * d_plane + v * LANES;
      vec q = NAME(load)(room->left + g * wide + v * LANES);
      vec k = NAME(load)(right + g * plane + v * LANES), x = NAME(load)(slope + g * wide + v * LANES);
      vec far = q - k, a = x * k, b = x * q;
      if (s->similarity == SQUARED) a = -2 * far * x, b = -a;
      if (s->similarity == ABSOLUTE) {
        vec up = (vec)((bits)x & (bits)(far > 0)), down = (vec)((bits)x & (bits)(far < 0));
        a = down - up, b = -a;
      }
      NAME(store)(mine, NAME(load)(mine) + a);
      NAME(store)(theirs, NAME(load)(theirs) + b);
      total += x;
    }
    if (d_prior) d_prior[g * kk] += NAME(sum)(total);
  }
}

/* Weights of a piece before they are scaled: (k² g W), and their scale (g W). With `keep` what
   is compared and hidden stays for all places, else for the last one only. */
INLINE void NAME(weigh)(const int n, const Shape *s, const Data *d, const Piece *p,
                        const Room *room, const int keep) {
  const int64_t wide = n * LANES, kk = s->k * s->k, plane = s->rows * s->pitch;
  const REAL *right = d->right + p->image * s->left * plane;
  for (int64_t a = 0, j = 0; a < s->k; a++)
    for (int64_t b = 0; b < s->k; b++, j++) {
      const REAL *there = right + NAME(place)(s, d, p, a, b);
      REAL *to = room->weights + j * s->groups * wide;
      if (s->kind == RELATION) {
        NAME(relate)(n, s, room->left, there, d->prior ? d->prior + j : 0, to);
      } else {
        REAL *compared = room->compared + keep * j * s->compared * wide;
        REAL *hidden = room->hidden + keep * j * s->hidden * wide;
        NAME(compare)(n, s, room->left, there, d->shift, compared);
        NAME(product)(n, s->hidden, s->compared, d->first, s->compared, 1, d->middle, compared,
                      hidden, 1);
        NAME(product)(n, s->groups, s->hidden, d->second, s->hidden, 1, 0, hidden, to, 0);
      }
      if (!s->masked) continue;
      REAL row = d->from[p->y * s->stride + a * s->dilation] < 0 ? (REAL)-1e30 : 0;
      for (int v = 0; v < n; v++) {
        vec hide = NAME(load)(d->outside + d->at[b] + p->x + v * LANES) + row;
        for (int64_t g = 0; g < s->groups; g++) {
          REAL *x = to + g * wide + v * LANES;
          NAME(store)(x, NAME(load)(x) + hide);
        }
      }
    }
  for (int64_t g = 0; g < s->groups; g++)
    for (int v = 0; v < n; v++) {
      REAL *x = room->weights + g * wide + v * LANES, *scale = room->scale + g * wide + v * LANES;
      const int64_t step = s->groups * wide;
      vec most, total = {0};
      if (keep) {
        most = NAME(load)(scale);
      } else {
        most = NAME(load)(x);
        for (int64_t j = 1; j < kk; j++) most = NAME(larger)(NAME(load)(x + j * step), most);
        NAME(store)(scale, most);
      }
      for (int64_t j = 0; j < kk; j++) {
        vec e = NAME(exponential)(NAME(load)(x + j * step) - most);
        total += e;
        NAME(store)(x + j * step, e);
      }
      if (!keep) NAME(store)(scale + s->groups * wide, 1 / total);
    }
}

INLINE void NAME(take_given)(const int n, const Shape *s, const Data *d, const Piece *p,
                             const Room *room) {
  const int64_t wide = n * LANES, kk = s->k * s->k;
  for (int64_t g = 0; g < s->groups; g++)
    for (int64_t j = 0; j < kk; j++)
      NAME(fetch)(n, room->weights + (j * s->groups + g) * wide,
                  d->given + (((p->image * s->groups + g) * kk + j) * s->oh + p->y) * s->ow + p->x,
                  p->count);
}

/* The channels of a group: the first, how many, their distance. */
INLINE void NAME(members)(const Shape *s, int64_t g, int64_t *first, int64_t *count, int64_t *step) {
  *first = s->interleaved ? g : g * s->share;
  *step = s->interleaved ? s->groups : 1;
  *count = s->interleaved ? (s->channels - g + s->groups - 1) / s->groups : s->channels - *first;
  if (!s->interleaved && *count > s->share) *count = s->share;
  if (*count < 0) *count = 0;
}

INLINE void NAME(mix)(const int n, const int m, const Shape *s, const Data *d, const Piece *p,
                      const Room *room, int64_t g, const REAL *values, REAL *out, int64_t step) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  vec sums[4][3];
#pragma GCC unroll 4
  for (int c = 0; c < m; c++)
    for (int v = 0; v < n; v++) sums[c][v] = (vec){0};
  const REAL *w = room->weights + g * wide;
  for (int64_t a = 0; a < s->k; a++)
    for (int64_t b = 0; b < s->k; b++, w += s->groups * wide) {
      const REAL *there = values + NAME(place)(s, d, p, a, b);
#pragma GCC unroll 3
      for (int v = 0; v < n; v++) {
        vec x = NAME(load)(w + v * LANES);
#pragma GCC unroll 4
        for (int c = 0; c < m; c++)
          sums[c][v] += x * NAME(load)(there + c * step * plane + v * LANES);
      }
    }
  for (int c = 0; c < m; c++) {
    if (s->kind != GIVEN)
      for (int v = 0; v < n; v++)
        sums[c][v] *= NAME(load)(room->scale + (s->groups + g) * wide + v * LANES);
    NAME(put)(n, out + c * step * s->oh * s->ow, sums[c], p->count);
  }
}

INLINE void NAME(forward_piece)(const int n, const Shape *s, const Data *d, const Piece *p,
                                const Room *room) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch, count = s->oh * s->ow;
  const int64_t here = p->y * s->ow + p->x;
  for (int64_t i = 0; i < s->left; i++)
    NAME(fetch)(n, room->left + i * wide, d->left + (p->image * s->left + i) * count + here, p->count);
  if (s->kind == GIVEN)
    NAME(take_given)(n, s, d, p, room);
  else
    NAME(weigh)(n, s, d, p, room, 0);
  for (int64_t g = 0; g < s->groups; g++) {
    int64_t first, members, step, c = 0;
    NAME(members)(s, g, &first, &members, &step);
#define SOME(m)                                                                                \
  for (; c + m <= members; c += m) {                                                           \
    int64_t channel = p->image * s->channels + first + c * step;                               \
    NAME(mix)(n, m, s, d, p, room, g, d->values + channel * plane,                             \
              d->out + channel * count + here, step);                                          \
  }
    SOME(4)
    SOME(1)
#undef SOME
    if (s->kind == GIVEN) continue;
    for (int64_t i = 0; i < 2; i++) {
      vec x[3];
      for (int v = 0; v < n; v++) x[v] = NAME(load)(room->scale + (i * s->groups + g) * wide + v * LANES);
      NAME(put)(n, d->kept + ((p->image * s->groups + g) * 2 + i) * count + here, x, p->count);
    }
  }
}

/* Sums of h and h² of a row of windows, both from the pivot. */
INLINE void NAME(moments_piece)(const int n, const Shape *s, const Data *d, const Piece *p,
                                const Room *room, double *sums) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch, count = s->oh * s->ow;
  for (int64_t i = 0; i < s->left; i++)
    NAME(fetch)(n, room->left + i * wide,
                d->left + (p->image * s->left + i) * count + p->y * s->ow + p->x, p->count);
  const REAL *right = d->right + p->image * s->left * plane;
  for (int64_t a = 0; a < s->k; a++)
    for (int64_t b = 0; b < s->k; b++) {
      NAME(compare)(n, s, room->left, right + NAME(place)(s, d, p, a, b), d->shift, room->compared);
      NAME(product)(n, s->hidden, s->compared, d->first, s->compared, 1, 0, room->compared,
                    room->hidden, 0);
      if (!sums) return;
      for (int64_t o = 0; o < s->hidden; o++) {
        vec one = {0}, two = {0};
        REAL *h = room->hidden + o * wide;
        for (int64_t i = p->count; i < wide; i++) h[i] = d->pivot[o];
        for (int v = 0; v < n; v++) {
          vec x = NAME(load)(h + v * LANES) - d->pivot[o];
          one += x, two += x * x;
        }
        sums[o] += NAME(sum)(one), sums[s->hidden + o] += NAME(sum)(two);
      }
    }
}

/* From slopes of the weights' values, those of the values and of the weights of a group. */
INLINE void NAME(unmix)(const int n, const Shape *s, const Data *d, const Piece *p,
                        const Room *room, int64_t g, REAL *d_values, int64_t d_plane) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  const int64_t top = p->band * s->tall * s->stride * s->pitch;
  int64_t first, members, step;
  NAME(members)(s, g, &first, &members, &step);
  const REAL *values = d->values + (p->image * s->channels + first) * plane;
  d_values += first * d_plane;
  for (int64_t b = 0; b < s->k; b++) /* rows inside: what was just written is not read again */
    for (int64_t a = 0; a < s->k; a++) {
      const int64_t j = (a * s->k + b) * s->groups + g, at = NAME(place)(s, d, p, a, b);
      vec w[3], slope[3];
      for (int v = 0; v < n; v++) {
        w[v] = NAME(load)(room->weights + j * wide + v * LANES);
        slope[v] = (vec){0};
      }
      for (int64_t c = 0; c < members; c++) {
        const REAL *g_out = room->gradient + (first + c * step) * wide;
        const REAL *from = values + c * step * plane + at;
        REAL *to = d_values + c * step * d_plane + at - top;
#pragma GCC unroll 3
        for (int v = 0; v < n; v++) {
          vec x = NAME(load)(g_out + v * LANES);
          slope[v] += x * NAME(load)(from + v * LANES);
          NAME(store)(to + v * LANES, NAME(load)(to + v * LANES) + w[v] * x);
        }
      }
      for (int v = 0; v < n; v++) NAME(store)(room->d_weights + j * wide + v * LANES, slope[v]);
    }
}

/* From slopes of h (k² hidden W), those of everything before it. */
INLINE void NAME(unhide)(const int n, const Shape *s, const Data *d, const Piece *p,
                         const Room *room, REAL *d_right, int64_t d_plane, REAL *d_shift) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  const int64_t top = p->band * s->tall * s->stride * s->pitch;
  const REAL *right = d->right + p->image * s->left * plane;
  for (int64_t a = 0; a < s->k; a++) { /* what a row of places needs fits into the nearest cache */
    const REAL *slope = room->slope + a * s->k * s->hidden * wide;
    const REAL *compared = room->compared + a * s->k * s->compared * wide;
    NAME(outer)(n, s->k, slope, s->hidden, compared, s->compared, (vec *)room->small);
    for (int64_t b = 0; b < s->k; b++) {
      const int64_t at = NAME(place)(s, d, p, a, b);
      NAME(product)(n, s->compared, s->hidden, d->first, 1, s->compared, 0,
                    slope + b * s->hidden * wide, room->back, 0);
      for (int64_t i = 0; i < s->compared * n; i++) {
        vec on = NAME(load)(compared + b * s->compared * wide + i * LANES);
        REAL *x = room->back + i * LANES;
        NAME(store)(x, (vec)((bits)NAME(load)(x) & (bits)(on > 0)));
      }
      NAME(uncompare)(n, s, room, right + at, d_right + at - top, d_plane, d_shift);
    }
  }
}

/* From slopes of the logits (k² g W), those of h, of the second product and of the middle. */
INLINE void NAME(unmap)(const int n, const Shape *s, const Data *d, const Room *room) {
  const int64_t wide = n * LANES;
  vec *middle = (vec *)room->small + s->hidden * s->compared, *second = middle + s->hidden;
  for (int64_t a = 0; a < s->k; a++) {
    const REAL *from = room->d_weights + a * s->k * s->groups * wide;
    const REAL *hidden = room->hidden + a * s->k * s->hidden * wide;
    REAL *slope = room->slope + a * s->k * s->hidden * wide;
    NAME(outer)(n, s->k, from, s->groups, hidden, s->hidden, second);
    for (int64_t b = 0; b < s->k; b++, from += s->groups * wide)
      for (int64_t o = 0; o < s->hidden; o++, slope += wide, hidden += wide) {
        if (o == 0)
          NAME(product)(n, s->hidden, s->groups, d->second, 1, s->hidden, 0, from, slope, 0);
        for (int v = 0; v < n; v++) {
          bits on = (bits)(NAME(load)(hidden + v * LANES) > 0);
          vec kept = (vec)((bits)NAME(load)(slope + v * LANES) & on);
          NAME(store)(slope + v * LANES, kept);
          middle[o] += kept;
        }
      }
  }
}

/* Weights again, the slopes of the logits in d_weights. */
INLINE void NAME(unweigh)(const int n, const Shape *s, const Data *d, const Piece *p,
                          const Room *room, REAL *d_values, int64_t d_plane) {
  const int64_t wide = n * LANES, kk = s->k * s->k, count = s->oh * s->ow;
  const int64_t here = p->y * s->ow + p->x;
  for (int64_t c = 0; c < s->channels; c++)
    NAME(fetch)(n, room->gradient + c * wide,
                d->gradient + (p->image * s->channels + c) * count + here, p->count);
  if (s->kind == GIVEN) {
    NAME(take_given)(n, s, d, p, room);
  } else {
    for (int64_t g = 0; g < s->groups; g++)
      for (int64_t i = 0; i < 2; i++)
        NAME(fetch)(n, room->scale + (i * s->groups + g) * wide,
                    d->kept + ((p->image * s->groups + g) * 2 + i) * count + here, p->count);
    NAME(weigh)(n, s, d, p, room, 1);
  }
  for (int64_t g = 0; g < s->groups; g++) {
    for (int64_t j = 0; s->kind != GIVEN && j < kk; j++)
      for (int v = 0; v < n; v++) {
        REAL *x = room->weights + (j * s->groups + g) * wide + v * LANES;
        NAME(store)(x, NAME(load)(x) * NAME(load)(room->scale + (s->groups + g) * wide + v * LANES));
      }
    NAME(unmix)(n, s, d, p, room, g, d_values, d_plane);
    for (int v = 0; v < n && s->kind != GIVEN; v++) {
      const int64_t step = s->groups * wide;
      REAL *w = room->weights + g * wide + v * LANES, *x = room->d_weights + g * wide + v * LANES;
      vec mean = {0};
      for (int64_t j = 0; j < kk; j++) mean += NAME(load)(w + j * step) * NAME(load)(x + j * step);
      for (int64_t j = 0; j < kk; j++)
        NAME(store)(x + j * step, NAME(load)(w + j * step) * (NAME(load)(x + j * step) - mean));
    }
  }
}

INLINE void NAME(put_given)(const int n, const Shape *s, const Data *d, const Piece *p,
                            const Room *room) {
  const int64_t wide = n * LANES, kk = s->k * s->k;
  for (int64_t g = 0; g < s->groups; g++)
    for (int64_t j = 0; j < kk; j++) {
      vec x[3];
      for (int v = 0; v < n; v++)
        x[v] = NAME(load)(room->d_weights + (j * s->groups + g) * wide + v * LANES);
      NAME(put)(n, d->d_given + (((p->image * s->groups + g) * kk + j) * s->oh + p->y) * s->ow + p->x,
                x, p->count);
    }
}

/* Slopes of h that its mean and variance ask for: an affine function of h. */
INLINE void NAME(unmoment)(const int n, const Shape *s, const Data *d, const Piece *p,
                           const Room *room) {
  const int64_t wide = n * LANES, plane = s->rows * s->pitch;
  const REAL *right = d->right + p->image * s->left * plane;
  for (int64_t a = 0, j = 0; a < s->k; a++)
    for (int64_t b = 0; b < s->k; b++, j++) {
      REAL *compared = room->compared + j * s->compared * wide;
      REAL *slope = room->slope + j * s->hidden * wide;
      NAME(compare)(n, s, room->left, right + NAME(place)(s, d, p, a, b), d->shift, compared);
      NAME(product)(n, s->hidden, s->compared, d->first, s->compared, 1, 0, compared, slope, 0);
      for (int64_t o = 0; o < s->hidden; o++)
        for (int64_t i = 0; i < wide; i++) {
          REAL *x = slope + o * wide + i;
          *x = i < p->count ? d->gradient[o] + d->gradient[s->hidden + o] * *x : 0;
        }
    }
}

INLINE void NAME(backward_piece)(const int n, const Shape *s, const Data *d, const Piece *p,
                                 const Room *room) {
  const int64_t wide = n * LANES, kk = s->k * s->k, count = s->oh * s->ow;
  const int64_t plane = s->rows * s->pitch, here = p->y * s->ow + p->x;
  const int64_t tall = (s->tall - 1) * s->stride + (s->k - 1) * s->dilation + 1;
  const int64_t d_plane = tall * s->pitch, number = p->image * s->bands + p->band;
  const int64_t top = p->band * s->tall * s->stride * s->pitch;
  REAL *d_right = d->d_right + number * s->left * d_plane;
  const int64_t gathered = s->hidden * (s->compared + 1 + s->groups);
  REAL *small = d->d_small;
  if (s->kind == RELATION && small) small += number * s->groups * kk;
  if (s->kind >= PAIRWISE)
    small += number * (s->products + gathered);
  for (int64_t i = 0; i < s->left; i++)
    NAME(fetch)(n, room->left + i * wide, d->left + (p->image * s->left + i) * count + here, p->count);
  memset(room->d_left, 0, s->left * wide * sizeof(REAL));
  memset(room->small, 0, gathered * sizeof(vec));
  if (s->kind == MOMENTS)
    NAME(unmoment)(n, s, d, p, room);
  else
    NAME(unweigh)(n, s, d, p, room, d->d_values + number * s->channels * d_plane, d_plane);
  if (s->kind == GIVEN) NAME(put_given)(n, s, d, p, room);
  if (s->kind == PAIRWISE) NAME(unmap)(n, s, d, room);
  if (s->kind >= PAIRWISE) NAME(unhide)(n, s, d, p, room, d_right, d_plane, small);
  for (int64_t i = 0; i < gathered; i++)
    small[s->products + i] += NAME(sum)(NAME(load)(room->small + i * LANES));
  for (int64_t b = 0; s->kind == RELATION && b < s->k; b++)
    for (int64_t a = 0; a < s->k; a++) {
      const int64_t j = a * s->k + b, at = NAME(place)(s, d, p, a, b);
      NAME(unrelate)(n, s, room, room->d_weights + j * s->groups * wide,
                     d->right + p->image * s->left * plane + at, d_right + at - top, d_plane,
                     small ? small + j : 0);
    }
  for (int64_t i = 0; i < s->left; i++) {
    vec x[3];
    for (int v = 0; v < n; v++) x[v] = NAME(load)(room->d_left + i * wide + v * LANES);
    NAME(put)(n, d->d_left + (p->image * s->left + i) * count + here, x, p->count);
  }
}

static __attribute__((noinline)) void NAME(piece)(int n, int backward, const Shape *s,
                                                  const Data *d, const Piece *p, const Room *room) {
  double *sums = d->sums ? d->sums + (p->image * s->oh + p->y) * 2 * s->hidden : 0;
#define DO(n)                                                                                  \
  do {                                                                                         \
    if (backward)                                                                              \
      NAME(backward_piece)(n, s, d, p, room);                                                  \
    else if (s->kind == MOMENTS)                                                               \
      NAME(moments_piece)(n, s, d, p, room, sums);                                             \
    else                                                                                       \
      NAME(forward_piece)(n, s, d, p, room);                                                   \
  } while (0)
  if (n == 1) DO(1);
  if (n == 2) DO(2);
  if (n == 3) DO(3);
#undef DO
}

/* One row of windows, in pieces of up to three vectors, as equal as can be. */
static void NAME(row)(int backward, const Shape *s, const Data *d, Piece p, const Room *room) {
  for (p.x = 0; p.x < s->ow;) {
    int64_t vectors = (s->ow - p.x + LANES - 1) / LANES, pieces = (vectors + 2) / 3;
    int64_t n = (vectors + pieces - 1) / pieces, left = s->ow - p.x;
    p.count = left < n * LANES ? left : n * LANES;
    NAME(piece)((int)n, backward, s, d, &p, room);
    p.x += n * LANES;
  }
}

/* Forward, or backward if there is a gradient. d_right, d_values, d_small and sums start as zeros. */
void NAME(aggregation)(const Shape *s, const Data *d, char *memory) {
  const int backward = d->gradient != 0;
  memory += (64 - (uintptr_t)memory % 64) % 64;
  if (d->pivot && !backward) {
    Room room;
    Data first = *d;
    Piece p = {0, 0, 0, 0, 1};
    first.sums = 0;
    NAME(cut)(s, 0, memory, &room);
    NAME(piece)(1, 0, s, &first, &p, &room);
    for (int64_t o = 0; o < s->hidden; o++) d->pivot[o] = room.hidden[o * LANES];
  }
#pragma omp parallel num_threads((int)s->threads)
  {
    int64_t number = 0;
    Room room;
#ifdef _OPENMP
    number = omp_get_thread_num();
#endif
    NAME(cut)(s, backward, memory + number * NAME(cut)(s, backward, 0, &room), &room);
#pragma omp for schedule(dynamic, 1)
    for (int64_t i = 0; i < s->images * s->bands; i++) {
      Piece p = {i / s->bands, i % s->bands, 0, 0, 0};
      int64_t end = (p.band + 1) * s->tall;
      for (p.y = p.band * s->tall; p.y < end && p.y < s->oh; p.y++)
        NAME(row)(backward, s, d, p, &room);
    }
  }
}

/* Maps (b c h w) to padded ones (b c rows pitch): row r is row from[r], column x is column
   across[x]; negative ones are zeros. */
void NAME(pad)(const Padding *s, const REAL *map, const int64_t *from, const int64_t *across,
               REAL *to) {
#pragma omp parallel for num_threads((int)s->threads) schedule(static)
  for (int64_t i = 0; i < s->images * s->channels; i++)
    for (int64_t r = 0; r < s->rows; r++) {
      REAL *line = to + (i * s->rows + r) * s->pitch;
      const REAL *source = map + (i * s->h + from[r]) * s->w;
      if (from[r] < 0)
        memset(line, 0, s->pitch * sizeof(REAL));
      else
        for (int64_t x = 0; x < s->pitch; x++) line[x] = across[x] < 0 ? 0 : source[across[x]];
    }
}

/* The gradient of `pad`, out of bands of padded rows (b bands c tall pitch) that start every
   `step` rows; `to` starts as zeros. */
void NAME(unpad)(const Padding *s, const REAL *bands, const int64_t *from, const int64_t *across,
                 REAL *to) {
#pragma omp parallel for num_threads((int)s->threads) schedule(static)
  for (int64_t i = 0; i < s->images * s->channels; i++)
    for (int64_t band = 0; band < s->bands; band++)
      for (int64_t r = 0; r < s->tall; r++) {
        const int64_t row = band * s->step + r, image = i / s->channels, c = i % s->channels;
        if (row >= s->rows || from[row] < 0) continue;
        const REAL *line =
            bands + (((image * s->bands + band) * s->channels + c) * s->tall + r) * s->pitch;
        REAL *target = to + (i * s->h + from[row]) * s->w;
        for (int64_t x = 0; x < s->pitch; x++)
          if (across[x] >= 0) target[across[x]] += line[x];
      }
}

#undef Data
#undef Room
#undef Piece
#endif
