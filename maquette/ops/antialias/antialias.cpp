// Outlines between pixel centres, and the blending of the two pixels by where the outline passes.
//
// An edge of the mesh is a silhouette in a view where no other face continues it on the other side: it has one
// face, or its faces lie on the same side of it in the image. Only pairs of neighbouring pixel centres with a
// silhouette between them are looked at: they are marked by walking along the silhouettes, which are few. From the
// nearer pixel's face the walk then goes along the segment to the other pixel's centre, across the mesh, until it
// meets a silhouette: which one it is the marks don't say, and many are hidden.
#include <cmath>
#include <cstring>
#include <limits>

#include "antialias/blend.h"
#include "kernel.h"

namespace {

using namespace maquette;

constexpr double kNear = 1e-6;
constexpr double kTolerance = 1e-9;  // pixels
constexpr int8_t kUnusable = 2;      // a face that reaches behind the camera

struct View {
    const int32_t *faces, *across;
    std::vector<Point> points;
    std::vector<int8_t> facing;  // the sign of a face's area in the image
};

View look(const double* positions, const int32_t* faces, const int32_t* across, int64_t vertex_count,
          int64_t face_count) {
    View view{faces, across, std::vector<Point>(size_t(vertex_count)), std::vector<int8_t>(size_t(face_count))};
    const double nowhere = std::numeric_limits<double>::quiet_NaN();
    for (int64_t i = 0; i < vertex_count; ++i) {
        const double* p = positions + 4 * i;
        view.points[i] = p[3] > kNear ? Point{p[0] / p[3], p[1] / p[3]} : Point{nowhere, nowhere};
    }
    for (int64_t f = 0; f < face_count; ++f) {
        const Point a = view.points[faces[3 * f]], b = view.points[faces[3 * f + 1]], c = view.points[faces[3 * f + 2]];
        const double area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        view.facing[f] = area > 0 ? 1 : area < 0 ? -1 : area == 0 ? 0 : kUnusable;
    }
    return view;
}

// Where the line "coordinate `axis` is c" crosses an edge: its other coordinate. The ends lie on different sides.
inline double crossing(const View& view, int32_t a, int32_t b, int axis, double c) {
    if (a > b) std::swap(a, b);  // the same bits from both faces
    const Point p = view.points[a], q = view.points[b];
    const double s = (c - p[axis]) / (q[axis] - p[axis]);
    return p[1 - axis] + s * (q[1 - axis] - p[1 - axis]);
}

// Goes on from edge `k` of `face` to a face on its other side; `sign` is how the walk's sheet faces, in terms of
// `face`, and becomes that in terms of the new face. False where there is none: a silhouette.
inline bool step_across(const View& view, int64_t& face, int& k, int& sign) {
    const int64_t own = 3 * face + k;
    int turned = 1;  // runs the same way along the edge as the first: wound the other way round, on its other side
    for (int64_t at = own;;) {
        const int32_t next = view.across[at];
        turned ^= ~next & 1;
        at = next >> 1;
        if (at == own) return false;
        const int there = view.facing[at / 3];
        const int as_seen = turned ? -there : there;
        if (there != kUnusable && (there == 0 || sign == 0 || as_seen == sign)) {
            face = at / 3, k = int(at % 3);
            if (turned) sign = -sign;
            if (sign == 0) sign = there;
            return true;
        }
    }
}

// Marks the pairs of pixel centres with this edge between them: bit 0 to the right neighbour, bit 1 to the one below.
void mark(const View& view, int32_t a, int32_t b, int64_t height, int64_t width, uint8_t* marks) {
    for (int axis = 0; axis < 2; ++axis) {  // axis 1: rows, and pairs along them
        const double p = view.points[a][axis], q = view.points[b][axis];
        const int64_t lines = axis ? height : width, along = axis ? width : height;
        const double low = std::max(std::min(p, q), -1.0), high = std::min(std::max(p, q), double(lines) + 1);
        for (int64_t line = std::max<int64_t>(0, int64_t(std::floor(low - 0.5))); line < lines; ++line) {
            const double c = double(line) + 0.5;
            if (c > high) break;
            if ((p >= c) == (q >= c)) continue;
            const double where = crossing(view, a, b, axis, c) - 0.5;
            if (!(where >= 0) || !(where < double(along) - 1)) continue;
            const int64_t i = int64_t(where);
            marks[axis ? line * width + i : i * width + line] |= axis ? 1 : 2;
        }
    }
}

void mark_silhouettes(const View& view, int64_t face_count, int64_t height, int64_t width, uint8_t* marks) {
    for (int64_t f = 0; f < face_count; ++f) {
        if (view.facing[f] == kUnusable) continue;
        for (int k = 0; k < 3; ++k) {
            const int64_t own = 3 * f + k, other = view.across[own] >> 1;
            const bool pair = view.across[other] >> 1 == own;
            if (pair && other < own && view.facing[other / 3] != kUnusable) continue;  // marked already
            int64_t face = f;
            int edge = k, sign = view.facing[f];
            if (pair && other != own) {  // by far the most edges
                const int there = view.facing[other / 3];
                if (sign && there == (view.across[own] & 1 ? -sign : sign)) continue;
            } else if (!pair && sign && step_across(view, face, edge, sign) && view.facing[face]) {
                // A meeting of sheets: a silhouette of this face if none continues it.
                continue;
            }
            mark(view, view.faces[3 * f + k], view.faces[3 * f + (k + 1) % 3], height, width, marks);
        }
    }
}

// The silhouette edge between the centre of a pixel, in `face`, and that of its neighbour along (1) or across (0) a
// row: at most `steps` faces on.
bool walk(const View& view, int64_t face, int axis, double line, double origin, double direction, int64_t steps,
          int32_t& a, int32_t& b) {
    int sign = view.facing[face], entered = -1;
    for (int64_t step = 0; step < steps; ++step) {
        if (view.facing[face] == kUnusable) return false;
        const int32_t* corner = view.faces + 3 * face;
        bool side[3];
        for (int k = 0; k < 3; ++k) side[k] = view.points[corner[k]][axis] >= line;
        int exit = -1;
        double reach = -std::numeric_limits<double>::infinity();
        for (int k = 0; k < 3; ++k) {
            if (k == entered || side[k] == side[(k + 1) % 3]) continue;
            const double t = (crossing(view, corner[k], corner[(k + 1) % 3], axis, line) - origin) * direction;
            if (t > reach || exit < 0) exit = k, reach = t;
        }
        if (exit < 0 || !(reach <= 1 + kTolerance)) return false;  // the sheet goes on beyond the neighbour's centre
        a = corner[exit], b = corner[(exit + 1) % 3];
        if (!step_across(view, face, exit, sign)) return reach >= -kTolerance;
        entered = exit;
    }
    return false;
}

}  // namespace

// positions: [views, vertices, 4] doubles (pixel x * w, pixel y * w, depth, w); faces and across (Topology):
// [faces, 3], in range; face_ids, depths: [views, height, width]. Fills counts, [views], with how many pairs there
// are, and pairs, [views, capacity, 4] int32 (near pixel, far pixel, edge's ends), with the first `capacity`.
MAQUETTE_EXPORT int64_t maquette_find_silhouettes(const double* positions, const int32_t* faces,
                                                  const int32_t* across, const int32_t* face_ids,
                                                  const float* depths, int64_t* counts, Pair* pairs, int64_t views,
                                                  int64_t vertex_count, int64_t face_count, int64_t height,
                                                  int64_t width, int64_t capacity, int64_t steps) try {
    maquette::parallel_for(views, [&](int64_t index) {
        const int64_t pixels = height * width;
        const View view = look(positions + index * vertex_count * 4, faces, across, vertex_count, face_count);
        std::vector<uint8_t> marks(size_t(pixels + 8), 0);
        mark_silhouettes(view, face_count, height, width, marks.data());
        const int32_t* ids = face_ids + index * pixels;
        const float* zs = depths + index * pixels;
        int64_t count = 0;
        for (int64_t i = 0; i < pixels; ++i) {
            uint64_t eight;
            std::memcpy(&eight, marks.data() + i, 8);
            if (!eight) {
                i += 7;
                continue;
            }
            for (int axis = 1; axis >= 0; --axis) {
                if (!(marks[i] & (axis ? 1 : 2))) continue;
                const int64_t j = i + (axis ? 1 : width);
                if (ids[i] == ids[j]) continue;
                const bool second = ids[i] < 0 || (ids[j] >= 0 && zs[j] < zs[i]);
                const int64_t near_pixel = second ? j : i, far_pixel = second ? i : j;
                if (uint32_t(ids[near_pixel]) >= uint64_t(face_count)) continue;
                const Point centre{double(near_pixel % width) + 0.5, double(near_pixel / width) + 0.5};
                Pair found{int32_t(near_pixel), int32_t(far_pixel), 0, 0};
                if (!walk(view, ids[near_pixel], axis, centre[axis], centre[1 - axis], second ? -1 : 1, steps,
                          found.a, found.b))
                    continue;
                if (count < capacity) pairs[index * capacity + count] = found;
                ++count;
            }
        }
        counts[index] = count;
    });
    return 0;
} MAQUETTE_END

// pairs: [pairs, 4], those of view v from starts[v] to starts[v + 1]; image, out: [views, height, width, channels].
MAQUETTE_EXPORT int64_t maquette_antialias(const double* positions, const Pair* pairs, const int64_t* starts,
                                           const float* image, float* out, int64_t views, int64_t vertex_count,
                                           int64_t height, int64_t width, int64_t channels) try {
    maquette::parallel_for(views, [&](int64_t view) {
        const int64_t size = height * width * channels;
        const float* own = image + view * size;
        float* target = out + view * size;
        std::copy(own, own + size, target);
        for (int64_t i = starts[view]; i < starts[view + 1]; ++i) {
            const Blend b = blend(pairs[i], positions + view * vertex_count * 4, width);
            const float share = float(b.weight * std::abs(b.m));
            const float *to = own + b.target * channels, *from = own + b.source * channels;
            for (int64_t c = 0; c < channels; ++c) target[b.target * channels + c] += share * (from[c] - to[c]);
        }
    });
    return 0;
} MAQUETTE_END

// grad: of out; filled: grad_image, as image, and grad_positions: [views, vertices, 4] doubles.
MAQUETTE_EXPORT int64_t maquette_antialias_backward(const double* positions, const Pair* pairs,
                                                    const int64_t* starts, const float* image, const float* grad,
                                                    float* grad_image, double* grad_positions, int64_t views,
                                                    int64_t vertex_count, int64_t height, int64_t width,
                                                    int64_t channels) try {
    maquette::parallel_for(views, [&](int64_t view) {
        const int64_t size = height * width * channels, offset = view * size;
        std::copy(grad + offset, grad + offset + size, grad_image + offset);
        const double* base = positions + view * vertex_count * 4;
        double* target = grad_positions + view * vertex_count * 4;
        std::fill(target, target + vertex_count * 4, 0.0);
        for (int64_t i = starts[view]; i < starts[view + 1]; ++i) {
            const Pair& pair = pairs[i];
            const Blend b = blend(pair, base, width);
            const float share = float(b.weight * std::abs(b.m));
            const float *near_color = image + offset + pair.near_pixel * channels;
            const float *far_color = image + offset + pair.far_pixel * channels;
            const float* g = grad + offset + b.target * channels;
            float* to = grad_image + offset + b.target * channels;
            float* from = grad_image + offset + b.source * channels;
            double change = 0;  // of the loss by weight times m
            for (int64_t c = 0; c < channels; ++c) {
                change += double(g[c]) * (near_color[c] - far_color[c]);
                to[c] -= share * g[c];
                from[c] += share * g[c];
            }
            add_gradient(base + 4 * int64_t(pair.a), b.by_a, change, target + 4 * int64_t(pair.a));
            add_gradient(base + 4 * int64_t(pair.b), b.by_b, change, target + 4 * int64_t(pair.b));
        }
    });
    return 0;
} MAQUETTE_END
