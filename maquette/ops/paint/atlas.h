// The faces of an atlas over its texels.
#pragma once
#include <cmath>
#include <cstdint>
#include <utility>

namespace maquette {

// What a face shows at a texel: corner 0's values plus two differences, by barycentric weights that are linear in
// the texel's place.
struct Chart {
    double b1[3], b2[3];  // weights of corners 1 and 2: constant, per column, per row
};

// Where the edge between two corners crosses the middle of a row. Both faces at an edge come to the same place.
inline double crossing(const float* a, const float* b, double size, double y) {
    if (b[1] < a[1] || (b[1] == a[1] && b[0] < a[0])) std::swap(a, b);
    const double ax = a[0] * size, ay = a[1] * size, bx = b[0] * size, by = b[1] * size;
    return ax + (y - ay) / (by - ay) * (bx - ax);
}

// The texels of one row whose centres lie in a face: [first, last].
inline std::pair<int64_t, int64_t> span(const float* uv, int64_t size, int64_t row) {
    const double y = double(row) + 0.5;
    double low = double(size) + 1, high = -1;
    for (int k = 0; k < 3; ++k) {
        const float *a = uv + 2 * k, *b = uv + 2 * ((k + 1) % 3);
        const double from = a[1] * double(size), to = b[1] * double(size);
        if ((from < y && to < y) || (from > y && to > y)) continue;
        if (from == to) {
            low = std::min(low, std::min(a[0], b[0]) * double(size));
            high = std::max(high, std::max(a[0], b[0]) * double(size));
            continue;
        }
        const double x = crossing(a, b, double(size), y);
        low = std::min(low, x), high = std::max(high, x);
    }
    return {std::max<int64_t>(0, int64_t(std::ceil(low - 0.5))),
            std::min<int64_t>(size - 1, int64_t(std::floor(high - 0.5)))};
}

// The rows whose middle may lie in a face: [first, last].
inline std::pair<int64_t, int64_t> rows_of(const float* uv, int64_t size) {
    const double low = std::min(uv[1], std::min(uv[3], uv[5])) * double(size);
    const double high = std::max(uv[1], std::max(uv[3], uv[5])) * double(size);
    return {std::max<int64_t>(0, int64_t(std::ceil(low - 0.5))),
            std::min<int64_t>(size - 1, int64_t(std::floor(high - 0.5)))};
}

constexpr Chart kMiddle{{1.0 / 3, 0, 0}, {1.0 / 3, 0, 0}};  // everywhere the face's centre

inline Chart chart_of(const float* uv, int64_t size) {
    const double s = double(size), ax = uv[0] * s, ay = uv[1] * s;
    const double bx = uv[2] * s - ax, by = uv[3] * s - ay, cx = uv[4] * s - ax, cy = uv[5] * s - ay;
    const double area = bx * cy - by * cx;
    if (!(std::abs(area) > 1e-12)) return kMiddle;
    // At column x + 0.5, row y + 0.5.
    const double ox = 0.5 - ax, oy = 0.5 - ay;
    return {{(ox * cy - oy * cx) / area, cy / area, -cx / area}, {(bx * oy - by * ox) / area, -by / area, bx / area}};
}

}  // namespace maquette
