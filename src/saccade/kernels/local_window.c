/* Dot-product attention in local windows, forward and backward, single and double precision.

Source: eq. 3 of Ramachandran et al., "Stand-Alone Self-Attention in Vision Models", NeurIPS 2019,
arXiv:1906.05909. Maps are (image, channel, row, column), channels of a head beside each other.

How it works. Vectors run over neighbouring columns of queries, so that nothing is ever summed
across a vector and a window's k columns are k unaligned loads of the same row. A thread takes a
head of an image, or a band of its rows. It goes down the rows with the last few rows of keys and
values in a ring of padded rows, which stay in the nearest caches: a row is padded once, and a
window is never copied. Two rows of queries go together where they can, since they share their
loads of keys and values. Columns of a padded row are sorted by column modulo stride, which makes
neighbouring windows read neighbouring columns for every stride.

The gradient goes down the rows once more and finds the weights p again, and the slopes s of the
logits. Gradients of keys and values are gathered in rings of rows: a vector of a row of keys takes
from a row of queries the weights of the windows that read it, which lie in this vector of queries
and the last ones; only those are kept. A row of keys that has met all its queries is written out.
Every number is summed by one thread in an order that does not depend on the number of threads, so
results repeat to the bit.

This file includes itself, once for each precision. */
#ifndef REAL

#define SOURCE "local_window.c"
#include <stdint.h>
#if defined(__x86_64__)
#define KEEP(x) __asm__("" : "+v"(x)) /* in a register, instead of loading it twice */
#else
#define KEEP(x) (void)(x)
#endif
#define MOST 8 /* offsets of one row of a window that are worked on at once */

enum { ZERO = 0, MASK = 1, REFLECT = 2 };

typedef struct {
  int64_t images, heads, d, h, w, oh, ow, k, stride, dilation, boundary;
  int64_t tables;          /* 0 without, 1 shared by the heads, 2 one for each head */
  int64_t q_image, k_image, v_image; /* distance of two images in numbers */
  int64_t threads, bands;
} Shape;

/* Gradients of tables are summed over so many rows of windows at a time, whatever the bands. */
#define CHUNK 8

typedef struct {
  int64_t reach, lanes;
  int64_t line;      /* columns of queries, filled up to whole vectors */
  int64_t margin;    /* most columns of windows between the first and last reading a key */
  int64_t part, row; /* padded row of keys of one channel: one remainder, all of them */
  int64_t ring;      /* rows of keys that are held */
  int64_t query_row; /* row of queries with zeros on both sides */
  int64_t before, strip; /* weights of earlier windows that are kept; those and a vector */
  int64_t columns;   /* padded columns that windows touch */
} Plan;

static Plan plan(const Shape *s, int64_t lanes) {
  Plan p;
  p.lanes = lanes;
  p.reach = s->dilation * (s->k / 2);
  p.line = (s->ow + lanes - 1) / lanes * lanes;
  p.margin = 2 * p.reach / s->stride;
  p.part = (p.line + p.margin + 1 + lanes - 1) / lanes * lanes;
  p.row = p.part * s->stride;
  p.ring = 2 * p.reach + 2;
  p.query_row = (p.margin + p.part + lanes + lanes - 1) / lanes * lanes;
  p.before = (p.margin + lanes - 1) / lanes * lanes;
  p.strip = p.before + lanes;
  p.columns = (s->ow - 1) * s->stride + 2 * p.reach + 1;
  return p;
}

/* Where position x, counted from the border, is read; -1 for beyond the border. */
static int64_t source(int64_t x, int64_t size, int64_t boundary) {
  if (x >= 0 && x < size) return x;
  if (boundary != REFLECT) return -1;
  if (size == 1) return 0;
  int64_t period = 2 * (size - 1);
  x %= period;
  if (x < 0) x += period;
  return x < period - x ? x : period - x;
}

#include "vectors.h"

#else /* once for each precision from here on */

#include "vectors.h"

/* sums[j] += over c of f[c] * g[c][at[j]], for n offsets; loads of g need not be aligned. */
INLINE void NAME(dot)(const int n, int64_t d, const REAL *f, int64_t f_row, const REAL *g,
                      int64_t g_row, const int64_t *at, const int plain, vec *sums) {
  vec s[MOST];
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) s[j] = sums[j];
  for (int64_t c = 0; c < d; c++) {
    vec x = NAME(load)(f + c * f_row);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) s[j] += x * NAME(load)(g + c * g_row + (plain ? j : at[j]));
  }
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) sums[j] = s[j];
}

/* The same for two rows f of queries, which share the loads of g. */
INLINE void NAME(dot_two)(const int n, int64_t d, const REAL *f, const REAL *f_next, int64_t f_row,
                          const REAL *g, int64_t g_row, vec *sums, vec *sums_next) {
  vec s[MOST], t[MOST];
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) s[j] = sums[j], t[j] = sums_next[j];
  for (int64_t c = 0; c < d; c++) {
    vec x = NAME(load)(f + c * f_row), y = NAME(load)(f_next + c * f_row);
    KEEP(x);
    KEEP(y);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      vec z = NAME(load)(g + c * g_row + j);
      KEEP(z);
      s[j] += x * z;
      t[j] += y * z;
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) sums[j] = s[j], sums_next[j] = t[j];
}

/* out[c] += over j of weights[j] * g[c][at[j]]; with plain = -1 the offsets go down. */
INLINE void NAME(mix)(const int n, int64_t d, const vec *weights, const REAL *g, int64_t g_row,
                      const int64_t *at, const int plain, REAL *out, int64_t out_row) {
  vec s[MOST];
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) s[j] = weights[j];
  for (int64_t c = 0; c < d; c++) {
    vec sum = NAME(load)(out + c * out_row);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++)
      sum += s[j] * NAME(load)(g + c * g_row + (plain ? plain * j : at[j]));
    NAME(store)(out + c * out_row, sum);
  }
}

/* The same for two rows of weights, which share the loads of g. */
INLINE void NAME(mix_two)(const int n, int64_t d, const vec *weights, const vec *weights_next,
                          const REAL *g, int64_t g_row, const int plain, REAL *out,
                          REAL *out_next, int64_t out_row) {
  vec s[MOST], t[MOST];
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) s[j] = weights[j], t[j] = weights_next[j];
  for (int64_t c = 0; c < d; c++) {
    vec sum = NAME(load)(out + c * out_row), sum_next = NAME(load)(out_next + c * out_row);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      vec z = NAME(load)(g + c * g_row + plain * j);
      KEEP(z);
      sum += s[j] * z;
      sum_next += t[j] * z;
    }
    NAME(store)(out + c * out_row, sum);
    NAME(store)(out_next + c * out_row, sum_next);
  }
}

/* How many offsets of k two rows take at once, so that everything stays in registers. */
#if defined(__AVX512F__)
#define TOGETHER(k) (k)
#else
#define TOGETHER(k) ((k) > 6 ? ((k) + 1) / 2 : (k))
#endif

#define EACH(call)                                                                             \
  switch (n) {                                                                                 \
    case 1: call(1); break;                                                                    \
    case 2: call(2); break;                                                                    \
    case 3: call(3); break;                                                                    \
    case 4: call(4); break;                                                                    \
    case 5: call(5); break;                                                                    \
    case 6: call(6); break;                                                                    \
    case 7: call(7); break;                                                                    \
    default: call(8);                                                                          \
  }

static void NAME(dot_some)(int n, int64_t d, const REAL *f, int64_t f_row, const REAL *g,
                           int64_t g_row, const int64_t *at, vec *sums) {
#define CALL(n) NAME(dot)(n, d, f, f_row, g, g_row, at, 0, sums)
  for (; n > 0; n -= MOST, at += MOST, sums += MOST) EACH(CALL)
#undef CALL
}

static void NAME(mix_some)(int n, int64_t d, const vec *weights, const REAL *g, int64_t g_row,
                           const int64_t *at, REAL *out, int64_t out_row) {
#define CALL(n) NAME(mix)(n, d, weights, g, g_row, at, 0, out, out_row)
  for (; n > 0; n -= MOST, at += MOST, weights += MOST) EACH(CALL)
#undef CALL
}
#undef EACH

/* What one thread works with; all rooms are pieces of one block of memory. */
#define Room NAME(Room)
typedef struct {
  REAL *keys, *values;      /* rings of padded rows (ring d row) */
  REAL *d_keys, *d_values;  /* rings of their gradients (ring d row) */
  REAL *asked, *given;      /* two rows of queries and of the gradient (2 d query_row) */
  REAL *p, *s;              /* weights and slopes of this vector and the last (2 k k strip) */
  REAL *hidden;             /* per padded column 0, or a large negative number if outside */
  vec *logits, *slopes;     /* (2 k k) */
  vec *by_row, *by_column;  /* (k) */
  vec *out;                 /* (2 d) */
  vec *from_tables;         /* part of the gradient of queries (2 d) */
  vec *tables;              /* gradient of the tables (2 k d/2) */
  int64_t *from;            /* column that a padded column is read from, -1 for outside (row) */
  int64_t *at;              /* where the j-th column of the first window is (k) */
  int64_t *back, *which;    /* per remainder: queries that read a key, and as which column (k) */
} Room;

static int64_t NAME(cut)(const Shape *s, const Plan *p, int backward, char *memory, Room *room) {
  int64_t used = 0, kk = s->k * s->k;
#define TAKE(field, type, count)                                                               \
  do {                                                                                         \
    room->field = (type *)(memory + used);                                                     \
    used += ((int64_t)(count) * (int64_t)sizeof(type) + 63) / 64 * 64;                         \
  } while (0)
  TAKE(keys, REAL, p->ring * s->d * p->row + p->lanes);
  TAKE(values, REAL, p->ring * s->d * p->row + p->lanes);
  TAKE(asked, REAL, 2 * s->d * p->query_row + p->lanes);
  TAKE(hidden, REAL, p->row + p->lanes);
  TAKE(logits, vec, 2 * kk);
  TAKE(by_row, vec, s->k);
  TAKE(by_column, vec, s->k);
  TAKE(out, vec, 2 * s->d);
  TAKE(from, int64_t, p->row);
  TAKE(at, int64_t, s->k);
  if (backward) {
    TAKE(d_keys, REAL, p->ring * s->d * p->row);
    TAKE(d_values, REAL, p->ring * s->d * p->row);
    TAKE(given, REAL, 2 * s->d * p->query_row + p->lanes);
    TAKE(p, REAL, 2 * kk * p->strip);
    TAKE(s, REAL, 2 * kk * p->strip);
    TAKE(slopes, vec, 2 * kk);
    TAKE(from_tables, vec, 2 * s->d);
    TAKE(tables, vec, s->tables ? s->k * s->d : 1);
    TAKE(back, int64_t, s->k);
    TAKE(which, int64_t, s->k);
  }
#undef TAKE
  return used;
}

/* Bytes of memory that the threads need together. */
int64_t NAME(local_window_room)(const Shape *s, int backward) {
  Room room;
  Plan p = plan(s, LANES);
  return s->threads * NAME(cut)(s, &p, backward, 0, &room) + 64;
}

static void NAME(prepare)(const Shape *s, const Plan *p, int backward, char *memory, Room *room) {
  int64_t size = NAME(cut)(s, p, backward, memory, room);
  memset(memory, 0, size);
  for (int64_t j = 0; j < s->k; j++) {
    int64_t x = j * s->dilation;
    room->at[j] = x % s->stride * p->part + x / s->stride;
  }
  for (int64_t j = 0; j < p->row; j++) {
    room->from[j] = -1;
    room->hidden[j] = s->boundary == MASK ? (REAL)-1e30 : 0;
  }
  for (int64_t x = 0; x < p->columns; x++) {
    int64_t j = x % s->stride * p->part + x / s->stride;
    room->from[j] = source(x - p->reach, s->w, s->boundary);
    if (room->from[j] >= 0) room->hidden[j] = 0;
  }
}

INLINE void NAME(copy)(REAL *to, const REAL *from, int64_t count) {
  int64_t x = 0;
  for (; x + LANES <= count; x += LANES) {
    vec y = NAME(load)(from + x);
    KEEP(y); /* a call of memcpy would take longer than the row */
    NAME(store)(to + x, y);
  }
  for (; x < count; x++) to[x] = from[x];
}

/* Bring row y of the padded map, counted from its top, into its place in a ring. */
INLINE void NAME(fetch)(const Shape *s, const Plan *p, const Room *room, const REAL *map,
                        int64_t y, REAL *ring) {
  int64_t row = source(y - p->reach, s->h, s->boundary);
  REAL *to = ring + y % p->ring * s->d * p->row;
  if (row < 0) {
    memset(to, 0, s->d * p->row * sizeof(REAL));
    return;
  }
  for (int64_t c = 0; c < s->d; c++, to += p->row) {
    const REAL *line = map + c * s->h * s->w + row * s->w;
    if (s->stride == 1 && s->boundary != REFLECT)
      NAME(copy)(to + p->reach, line, s->w);
    else
      for (int64_t j = 0; j < p->row; j++)
        to[j] = room->from[j] < 0 ? 0 : line[room->from[j]];
  }
}

/* The rows of a window that lie inside, all of them unless keys outside are hidden. */
INLINE void NAME(inside)(const Shape *s, const Plan *p, int64_t y, int64_t *first, int64_t *last) {
  *first = 0, *last = s->k;
  if (s->boundary != MASK) return;
  int64_t top = y * s->stride - p->reach;
  while (top + *first * s->dilation < 0) ++*first;
  while (top + (*last - 1) * s->dilation >= s->h) --*last;
}

/* Store the first lanes of a vector, all of them if there are that many. */
INLINE void NAME(store_some)(REAL *to, vec x, int64_t count) {
  if (count >= LANES)
    NAME(store)(to, x);
  else
    memcpy(to, &x, count * sizeof(REAL));
}

/* One vector of windows in one row, or in two rows below each other. */
#define Spot NAME(Spot)
typedef struct {
  int64_t y, x, place; /* first row, first column, place of the first row of keys in the ring */
  int64_t first[2], last[2]; /* rows of the windows that count */
} Spot;

/* sums (rows k k) += products of queries and the keys, or gradients and the values, in a ring. */
INLINE void NAME(dots)(const Shape *s, const Plan *p, const Room *room, const int k,
                       const int plain, const int rows, const Spot *spot, const REAL *f,
                       const REAL *ring, vec *sums) {
  const int64_t next = s->d * p->query_row;
  const int some = TOGETHER(k);
  int64_t place = spot->place;
  for (int t = 0; t < k + rows - 1; t++) {
    const REAL *g = ring + place * s->d * p->row + spot->x;
    const int one = t >= spot->first[0] && t < spot->last[0];
    const int two = rows == 2 && t > spot->first[1] && t <= spot->last[1];
    vec *to = sums + t * k, *to_next = sums + k * k + (t - 1) * k;
    if (rows == 2 && one && two) {
      NAME(dot_two)(some, s->d, f, f + next, p->query_row, g, p->row, to, to_next);
      if (some < k)
        NAME(dot_two)(k - some, s->d, f, f + next, p->query_row, g + some, p->row, to + some,
                      to_next + some);
    } else if (plain && (one || two)) {
      NAME(dot)(k, s->d, one ? f : f + next, p->query_row, g, p->row, 0, 1, one ? to : to_next);
    } else if (one) {
      NAME(dot_some)(k, s->d, f, p->query_row, g, p->row, room->at, to);
    }
    place += s->dilation;
    if (place >= p->ring) place -= p->ring;
  }
}

/* out (rows d) += weights (rows k k) times the values, or slopes times the keys, in a ring. */
INLINE void NAME(mixes)(const Shape *s, const Plan *p, const Room *room, const int k,
                        const int plain, const int rows, const Spot *spot, const vec *weights,
                        const REAL *ring) {
  const int some = TOGETHER(k);
  REAL *out = (REAL *)room->out, *next = (REAL *)(room->out + s->d);
  int64_t place = spot->place;
  for (int64_t c = 0; c < rows * s->d; c++) room->out[c] = (vec){0};
  for (int t = 0; t < k + rows - 1; t++) {
    const REAL *g = ring + place * s->d * p->row + spot->x;
    const int one = t >= spot->first[0] && t < spot->last[0];
    const int two = rows == 2 && t > spot->first[1] && t <= spot->last[1];
    const vec *w = weights + t * k, *w_next = weights + k * k + (t - 1) * k;
    if (rows == 2 && one && two) {
      NAME(mix_two)(some, s->d, w, w_next, g, p->row, 1, out, next, LANES);
      if (some < k)
        NAME(mix_two)(k - some, s->d, w + some, w_next + some, g + some, p->row, 1, out, next,
                      LANES);
    } else if (plain && (one || two)) {
      NAME(mix)(k, s->d, one ? w : w_next, g, p->row, 0, 1, one ? out : next, LANES);
    } else if (one) {
      NAME(mix_some)(k, s->d, w, g, p->row, room->at, out, LANES);
    }
    place += s->dilation;
    if (place >= p->ring) place -= p->ring;
  }
}

/* The softmax of the windows, not yet divided by its sum, which is given back for each row. */
INLINE void NAME(softmax)(const Shape *s, const Plan *p, const Room *room, const int k,
                          const int plain, const int rows, const Spot *spot,
                          const REAL *const *tables, vec *sums) {
  const REAL log2e = 1.4426950408889634;
  const int64_t half = s->d / 2;
  for (int r = 0; r < rows; r++) {
    const REAL *f = room->asked + r * s->d * p->query_row + p->margin + spot->x;
    for (int i = 0; i < k; i++) room->by_row[i] = room->by_column[i] = (vec){0};
    for (int64_t c = 0; s->tables && c < half; c++) {
      vec up = NAME(load)(f + c * p->query_row), side = NAME(load)(f + (half + c) * p->query_row);
      for (int i = 0; i < k; i++) {
        room->by_row[i] += up * tables[0][i * half + c];
        room->by_column[i] += side * tables[1][i * half + c];
      }
    }
    for (int j = 0; j < k && s->boundary == MASK; j++)
      room->by_column[j] += NAME(load)(room->hidden + spot->x + (plain ? j : room->at[j]));
    for (int i = 0; i < k; i++)
      for (int j = 0; j < k; j++)
        room->logits[(r * k + i) * k + j] = room->by_row[i] + room->by_column[j];
  }
  NAME(dots)(s, p, room, k, plain, rows, spot, room->asked + p->margin + spot->x, room->keys,
             room->logits);
  for (int r = 0; r < rows; r++) {
    const int64_t first = (r * k + spot->first[r]) * k, last = (r * k + spot->last[r]) * k;
    vec most = room->logits[first], sum = {0};
    for (int64_t i = first + 1; i < last; i++) most = NAME(larger)(most, room->logits[i]);
    most *= log2e;
    for (int64_t i = first; i < last; i++) {
      vec share = NAME(power)(room->logits[i] * log2e - most);
      room->logits[i] = share;
      sum += share;
    }
    sums[r] = sum;
  }
}

/* Everything that a task needs to know. */
#define Task NAME(Task)
typedef struct {
  const REAL *q, *k, *v, *gradient;
  const REAL *tables[2];
  REAL *out, *d_q, *d_k, *d_v, *d_tables;
  int64_t first, last; /* rows of windows that are ours */
} Task;

/* The keys and values of the windows from row y, of which all up to *ready are there, and one or
   two rows of queries. */
INLINE Spot NAME(begin)(const Shape *s, const Plan *p, const Room *room, const Task *task,
                        const int rows, int64_t y, int64_t *ready) {
  int64_t top = y * s->stride, row = *ready > top ? *ready : top, area = s->oh * s->ow;
  for (; row < top + p->ring; row++) {
    NAME(fetch)(s, p, room, task->k, row, room->keys);
    NAME(fetch)(s, p, room, task->v, row, room->values);
  }
  *ready = row;
  Spot spot = {.y = y, .place = top % p->ring};
  for (int r = 0; r < rows; r++) {
    NAME(inside)(s, p, y + r, spot.first + r, spot.last + r);
    for (int64_t c = 0; c < s->d; c++) {
      int64_t from = c * area + (y + r) * s->ow, to = (r * s->d + c) * p->query_row + p->margin;
      NAME(copy)(room->asked + to, task->q + from, s->ow);
      if (task->gradient) NAME(copy)(room->given + to, task->gradient + from, s->ow);
    }
  }
  return spot;
}

INLINE void NAME(rows_forward)(const Shape *s, const Plan *p, const Room *room, const int k,
                               const int plain, const int rows, const Task *task, int64_t y,
                               int64_t *ready) {
  Spot spot = NAME(begin)(s, p, room, task, rows, y, ready);
  for (; spot.x < s->ow; spot.x += LANES) {
    vec sums[2];
    NAME(softmax)(s, p, room, k, plain, rows, &spot, task->tables, sums);
    NAME(mixes)(s, p, room, k, plain, rows, &spot, room->logits, room->values);
    for (int r = 0; r < rows; r++) {
      vec scale = 1 / sums[r];
      REAL *to = task->out + (y + r) * s->ow + spot.x;
      for (int64_t c = 0; c < s->d; c++)
        NAME(store_some)(to + c * s->oh * s->ow, room->out[r * s->d + c] * scale, s->ow - spot.x);
    }
  }
}

/* Weights into room->p, slopes into room->s and room->slopes; their sums over columns and rows of
   the window into the gradients of the tables and, from there, of the queries. */
INLINE void NAME(slopes)(const Shape *s, const Plan *p, const Room *room, const int k, const int r,
                         const int ours, const Spot *spot, const REAL *const *tables, vec sum) {
  const int64_t first = spot->first[r], last = spot->last[r], half = s->d / 2, kk = k * k;
  vec *shares = room->logits + r * kk, *slopes = room->slopes + r * kk;
  REAL *ps = room->p + r * kk * p->strip + p->before, *ss = room->s + r * kk * p->strip + p->before;
  vec scale = 1 / sum, mean = {0};
  for (int64_t l = s->ow - spot->x; l < LANES; l++) scale[l] = 0; /* beyond the last window */
  for (int64_t i = first * k; i < last * k; i++) {
    vec share = shares[i] * scale;
    NAME(store)(ps + i * p->strip, share);
    shares[i] = share;
    mean += share * slopes[i];
  }
  for (int i = 0; i < k; i++) room->by_row[i] = room->by_column[i] = (vec){0};
  for (int64_t i = first; i < last; i++)
    for (int j = 0; j < k; j++) {
      vec slope = shares[i * k + j] * (slopes[i * k + j] - mean);
      NAME(store)(ss + (i * k + j) * p->strip, slope);
      slopes[i * k + j] = slope;
      room->by_row[i] += slope;
      room->by_column[j] += slope;
    }
  if (!ours) return;
  const REAL *f = room->asked + r * s->d * p->query_row + p->margin + spot->x;
  vec *out = room->from_tables + r * s->d;
  for (int64_t c = 0; s->tables && c < half; c++) {
    vec up = NAME(load)(f + c * p->query_row), side = NAME(load)(f + (half + c) * p->query_row);
    vec left = {0}, right = {0};
    for (int i = 0; i < k; i++) {
      left += room->by_row[i] * tables[0][i * half + c];
      right += room->by_column[i] * tables[1][i * half + c];
      room->tables[i * half + c] += room->by_row[i] * up;
      room->tables[(k + i) * half + c] += room->by_column[i] * side;
    }
    out[c] = left, out[half + c] = right;
  }
}

/* Add what the rows of windows give to one vector of each row of keys and values. */
INLINE void NAME(gather)(const Shape *s, const Plan *p, const Room *room, const int k,
                         const int plain, const int r, const Spot *spot) {
  const int64_t kk = k * k, size = s->d * p->row;
  const int some = TOGETHER(k);
  const REAL *asked = room->asked + r * s->d * p->query_row + p->margin + spot->x;
  const REAL *given = room->given + r * s->d * p->query_row + p->margin + spot->x;
  const REAL *ps = room->p + r * kk * p->strip + p->before;
  const REAL *ss = room->s + r * kk * p->strip + p->before;
  for (int64_t part = 0; part < s->stride; part++) {
    int n = 0;
    for (int j = 0; j < k && !plain; j++)
      if (j * s->dilation % s->stride == part)
        room->which[n] = j, room->back[n++] = -(j * s->dilation / s->stride);
    int64_t place = (spot->place + r * s->stride + spot->first[r] * s->dilation) % p->ring;
    for (int64_t i = spot->first[r]; i < spot->last[r]; i++) {
      int64_t below = place + s->dilation, at = place * size + part * p->part + spot->x;
      if (below >= p->ring) below -= p->ring;
      vec w[2][2][MOST]; /* slopes and weights, of this row of the window and of the next */
      const int two = plain && i + 1 < spot->last[r];
      for (int m = 0; m < 1 + two && plain; m++)
#pragma GCC unroll 8
        for (int j = 0; j < k; j++) {
          w[0][m][j] = NAME(load)(ss + ((i + m) * k + j) * p->strip - j);
          w[1][m][j] = NAME(load)(ps + ((i + m) * k + j) * p->strip - j);
        }
      for (int which = 0; which < 2; which++) {
        const REAL *g = which ? given : asked, *from = which ? ps : ss;
        REAL *ring = which ? room->d_values : room->d_keys, *to = ring + at;
        if (two) {
          REAL *next = ring + below * size + spot->x;
          NAME(mix_two)(some, s->d, w[which][0], w[which][1], g, p->query_row, -1, to, next,
                        p->row);
          if (some < k)
            NAME(mix_two)(k - some, s->d, w[which][0] + some, w[which][1] + some, g - some,
                          p->query_row, -1, to, next, p->row);
        } else if (plain) {
          NAME(mix)(k, s->d, w[which][0], g, p->query_row, 0, -1, to, p->row);
        } else {
          for (int j = 0; j < n; j++)
            room->slopes[j] = NAME(load)(from + (i * k + room->which[j]) * p->strip + room->back[j]);
          NAME(mix_some)(n, s->d, room->slopes, g, p->query_row, room->back, to, p->row);
        }
      }
      place = below;
      if (!two) continue;
      i++;
      place = below + s->dilation;
      if (place >= p->ring) place -= p->ring;
    }
  }
}

/* Forget all but the last weights and slopes, for the next vector. */
INLINE void NAME(move_on)(const Plan *p, const Room *room, int64_t rows) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t x = 0; x < p->before; x += LANES) {
      REAL *ps = room->p + i * p->strip + x, *ss = room->s + i * p->strip + x;
      NAME(store)(ps, NAME(load)(ps + LANES));
      NAME(store)(ss, NAME(load)(ss + LANES));
    }
}

/* Write out a row of the gradients of keys and values, y counted from the top of the padded map,
   if it is ours; then its place in the ring is free. */
INLINE void NAME(finish)(const Shape *s, const Plan *p, const Room *room, const Task *task,
                         int64_t y) {
  int64_t row = source(y - p->reach, s->h, s->boundary), area = s->h * s->w;
  REAL *keys = room->d_keys + y % p->ring * s->d * p->row;
  REAL *values = room->d_values + y % p->ring * s->d * p->row;
  for (int64_t c = 0; c < s->d && row >= 0 && y >= task->first * s->stride; c++) {
    const REAL *from_k = keys + c * p->row, *from_v = values + c * p->row;
    REAL *to_k = task->d_k + c * area + row * s->w, *to_v = task->d_v + c * area + row * s->w;
    if (s->stride == 1 && s->boundary != REFLECT) {
      NAME(copy)(to_k, from_k + p->reach, s->w);
      NAME(copy)(to_v, from_v + p->reach, s->w);
      continue;
    }
    for (int64_t j = 0; j < p->row; j++)
      if (room->from[j] >= 0) {
        to_k[room->from[j]] += from_k[j];
        to_v[room->from[j]] += from_v[j];
      }
  }
  memset(keys, 0, s->d * p->row * sizeof(REAL));
  memset(values, 0, s->d * p->row * sizeof(REAL));
}

/* Write out the gradient of the tables after the last row of a chunk. */
INLINE void NAME(finish_tables)(const Shape *s, const Room *room, const Task *task, int64_t y) {
  int64_t count = s->k * s->d;
  if (!task->d_tables || ((y + 1) % CHUNK && y + 1 < s->oh)) return;
  for (int64_t i = 0; i < count; i++) {
    REAL sum = 0;
    for (int64_t l = 0; l < LANES; l++) sum += room->tables[i][l];
    task->d_tables[y / CHUNK * count + i] = sum;
    room->tables[i] = (vec){0};
  }
}

INLINE void NAME(rows_backward)(const Shape *s, const Plan *p, const Room *room, const int k,
                                const int plain, const int rows, const Task *task, int64_t y,
                                int64_t *ready) {
  Spot spot = NAME(begin)(s, p, room, task, rows, y, ready);
  const int64_t kk = k * k, area = s->oh * s->ow;
  for (int64_t i = 0; i < rows * kk * p->strip; i++) room->p[i] = room->s[i] = 0;
  for (; spot.x < s->ow; spot.x += LANES) {
    vec sums[2];
    NAME(softmax)(s, p, room, k, plain, rows, &spot, task->tables, sums);
    for (int64_t i = 0; i < rows * kk; i++) room->slopes[i] = (vec){0};
    NAME(dots)(s, p, room, k, plain, rows, &spot, room->given + p->margin + spot.x, room->values,
               room->slopes);
    for (int r = 0; r < rows; r++)
      NAME(slopes)(s, p, room, k, r, y + r >= task->first, &spot, task->tables, sums[r]);
    NAME(mixes)(s, p, room, k, plain, rows, &spot, room->slopes, room->keys);
    for (int r = 0; r < rows; r++) {
      REAL *to = task->d_q + (y + r) * s->ow + spot.x;
      const vec *out = room->out + r * s->d, *add = room->from_tables + r * s->d;
      for (int64_t c = 0; c < s->d && y + r >= task->first; c++)
        NAME(store_some)(to + c * area, out[c] + add[c], s->ow - spot.x);
    }
    for (int r = 0; r < rows; r++) NAME(gather)(s, p, room, k, plain, r, &spot);
    NAME(move_on)(p, room, rows * kk);
  }
  for (int64_t i = 0; i < rows * kk; i++) {
    NAME(store)(room->p + i * p->strip + p->before, (vec){0});
    NAME(store)(room->s + i * p->strip + p->before, (vec){0});
  }
  for (; spot.x < p->part; spot.x += LANES) {
    for (int r = 0; r < rows; r++) NAME(gather)(s, p, room, k, plain, r, &spot);
    NAME(move_on)(p, room, rows * kk);
  }
  for (int r = 0; r < rows; r++) {
    int64_t top = (y + r) * s->stride, bottom = top + s->stride, touched = top + 2 * p->reach + 1;
    if (y + r == s->oh - 1 || bottom > touched) bottom = touched;
    for (int64_t row = top; row < bottom; row++) NAME(finish)(s, p, room, task, row);
    if (y + r >= task->first) NAME(finish_tables)(s, room, task, y + r);
  }
}

INLINE void NAME(task)(const Shape *s, const Plan *p, const Room *room, const int k,
                       const int plain, const int backward, const Task *task) {
  int64_t ready = 0, y = task->first;
  if (backward) y = y > p->margin ? y - p->margin : 0;
  while (y < task->last) {
    const int two = plain && y + 1 < task->last;
    if (backward && two) NAME(rows_backward)(s, p, room, k, plain, 2, task, y, &ready);
    else if (backward) NAME(rows_backward)(s, p, room, k, plain, 1, task, y, &ready);
    else if (two) NAME(rows_forward)(s, p, room, k, plain, 2, task, y, &ready);
    else NAME(rows_forward)(s, p, room, k, plain, 1, task, y, &ready);
    y += 1 + two;
  }
  if (backward) {
    memset(room->d_keys, 0, p->ring * s->d * p->row * sizeof(REAL));
    memset(room->d_values, 0, p->ring * s->d * p->row * sizeof(REAL));
  }
}

#define SIDES(call)                                                                            \
  do {                                                                                         \
    int plain = s->stride == 1 && s->dilation == 1;                                            \
    if (plain && s->k == 3) call(3, 1);                                                        \
    else if (plain && s->k == 5) call(5, 1);                                                   \
    else if (plain && s->k == 7) call(7, 1);                                                   \
    else call((int)s->k, 0);                                                                   \
  } while (0)

static void NAME(forward_one)(const Shape *s, const Plan *p, const Room *room, const Task *task) {
#define CALL(k, plain) NAME(task)(s, p, room, k, plain, 0, task)
  SIDES(CALL);
#undef CALL
}

static void NAME(backward_one)(const Shape *s, const Plan *p, const Room *room, const Task *task) {
#define CALL(k, plain) NAME(task)(s, p, room, k, plain, 1, task)
  SIDES(CALL);
#undef CALL
}
#undef SIDES

/* Which part of the work task number `number` is: an image, a head, a band of rows. */
static Task NAME(part)(const Shape *s, const Task *whole, int64_t number) {
  int64_t band = number % s->bands, head = number / s->bands % s->heads;
  int64_t image = number / s->bands / s->heads, one = image * s->heads + head;
  int64_t maps = s->d * s->h * s->w, windows = s->oh * s->ow, half = s->d / 2;
  Task t = *whole;
  int64_t chunks = (s->oh + CHUNK - 1) / CHUNK;
  t.first = chunks * band / s->bands * CHUNK;
  t.last = chunks * (band + 1) / s->bands * CHUNK;
  if (t.last > s->oh) t.last = s->oh;
  t.q += image * s->q_image + head * s->d * windows;
  t.k += image * s->k_image + head * maps;
  t.v += image * s->v_image + head * maps;
  for (int i = 0; i < 2 && s->tables == 2; i++) t.tables[i] += head * s->k * half;
  if (t.gradient) {
    t.gradient += one * s->d * windows;
    t.d_q += one * s->d * windows;
    t.d_k += one * maps;
    t.d_v += one * maps;
    if (t.d_tables) t.d_tables += one * chunks * s->k * s->d;
  } else {
    t.out += one * s->d * windows;
  }
  return t;
}

static void NAME(work)(const Shape *s, const Task *whole, char *memory) {
  const Plan p = plan(s, LANES);
  const int backward = whole->gradient != 0;
  memory += (64 - (uintptr_t)memory % 64) % 64;
#pragma omp parallel num_threads((int)s->threads)
  {
    int64_t number = 0;
    Room room;
#ifdef _OPENMP
    number = omp_get_thread_num();
#endif
    int64_t size = NAME(cut)(s, &p, backward, 0, &room);
    NAME(prepare)(s, &p, backward, memory + number * size, &room);
#pragma omp for schedule(dynamic, 1)
    for (int64_t i = 0; i < s->images * s->heads * s->bands; i++) {
      Task task = NAME(part)(s, whole, i);
      if (backward)
        NAME(backward_one)(s, &p, &room, &task);
      else
        NAME(forward_one)(s, &p, &room, &task);
    }
  }
}

void NAME(local_window_forward)(const Shape *s, const REAL *q, const REAL *k, const REAL *v,
                                const REAL *rows, const REAL *columns, REAL *out,
                                char *memory) {
  Task whole = {.q = q, .k = k, .v = v, .tables = {rows, columns}, .out = out};
  NAME(work)(s, &whole, memory);
}

/* d_k and d_v start as zeros; d_tables is (image head chunk 2 k d/2), to be summed. */
void NAME(local_window_backward)(const Shape *s, const REAL *gradient, const REAL *q,
                                 const REAL *k, const REAL *v, const REAL *rows,
                                 const REAL *columns, REAL *d_q, REAL *d_k, REAL *d_v,
                                 REAL *d_tables, char *memory) {
  Task whole = {.q = q, .k = k, .v = v, .gradient = gradient,
                .tables = {rows, columns}, .d_q = d_q, .d_k = d_k, .d_v = d_v,
                .d_tables = d_tables};
  NAME(work)(s, &whole, memory);
}

#undef Room
#undef Spot
#undef TOGETHER
#undef Task
#endif
