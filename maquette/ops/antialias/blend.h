// How two neighbouring pixels are blended by where an outline passes between their centres.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace maquette {

struct Point {
    double x, y;
    double operator[](int axis) const { return axis ? y : x; }
};

struct Pair {
    int32_t near_pixel, far_pixel, a, b;
};

// How a pair is blended: by m, the outline's distance from the middle of the two centres, from -1/2 to 1/2, positive
// toward the far one; times a weight, the squared cosine between the outline's normal and the segment, so that the
// pairs along rows and along columns together count every piece of outline once.
struct Blend {
    double m, weight;
    int32_t target, source;  // the target takes weight |m| of the source
    Point by_a, by_b;        // derivatives of weight times m by a's and b's pixel coordinates
};

inline Blend blend(const Pair& pair, const double* positions, int64_t width) {
    const double *p = positions + 4 * int64_t(pair.a), *q = positions + 4 * int64_t(pair.b);
    const Point a{p[0] / p[3], p[1] / p[3]}, b{q[0] / q[3], q[1] / q[3]};
    const int32_t offset = pair.far_pixel - pair.near_pixel;
    const int axis = std::abs(offset) == 1 && width > 1 ? 1 : 0;  // 1: both in one row
    const double direction = offset > 0 ? 1 : -1;
    const Point centre{double(pair.near_pixel % width) + 0.5, double(pair.near_pixel / width) + 0.5};
    const double rise = b[axis] - a[axis], run = b[1 - axis] - a[1 - axis], squared = rise * rise + run * run;
    if (!(squared > 1e-30)) return Blend{0, 0, pair.near_pixel, pair.far_pixel, {}, {}};
    const double s = std::clamp((centre[axis] - a[axis]) / rise, 0.0, 1.0);
    const double t = (a[1 - axis] + s * run - centre[1 - axis]) * direction;
    Blend out;
    out.m = std::clamp(t, 0.0, 1.0) - 0.5;
    out.weight = rise * rise / squared;
    out.target = out.m > 0 ? pair.far_pixel : pair.near_pixel;
    out.source = out.m > 0 ? pair.near_pixel : pair.far_pixel;
    // Of weight times m: m's own, where rise cancels in part, and the weight's.
    const double along = direction * out.weight, aslant = -direction * rise * run / squared;
    const double by_rise = 2 * out.m * rise * run * run / (squared * squared);
    const double by_run = -2 * out.m * rise * rise * run / (squared * squared);
    const double a_along = (1 - s) * along - by_run, a_aslant = (1 - s) * aslant - by_rise;
    const double b_along = s * along + by_run, b_aslant = s * aslant + by_rise;
    out.by_a = axis ? Point{a_along, a_aslant} : Point{a_aslant, a_along};
    out.by_b = axis ? Point{b_along, b_aslant} : Point{b_aslant, b_along};
    return out;
}

// Adds a pixel coordinate's gradient to homogeneous coordinates: x = X / w, y = Y / w.
inline void add_gradient(const double* position, Point by, double gradient, double* target) {
    const double scale = gradient / position[3];
    target[0] += by.x * scale;
    target[1] += by.y * scale;
    target[3] -= (by.x * position[0] + by.y * position[1]) / position[3] * scale;
}

}  // namespace maquette
