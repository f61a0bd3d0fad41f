// An atlas painted from views in one pass over its texels: each is placed in space, weighed against every view's
// depth map and sampled. What the weights and samples are, reference.py says.
#include <cmath>
#include <cstring>
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "kernel.h"
#include "paint/atlas.h"
#include "paint/views.h"

namespace maquette {

constexpr float kFacing = 0.02f;         // cosine to the surface from which a view counts
constexpr float kSteepest = 8.0f;        // slopes are not taken to be steeper
constexpr float kSlack = 4e-3f;          // world units by which a point may lie behind the depth map and be seen
constexpr float kContrast = 0.25f;       // pixels further than this in colour do not count in the mean shift
constexpr int kShifts = 4;               // steps of mean shift, at most
constexpr float kStill = 2e-3f;          // half a byte: a step as small ends it
constexpr float kLeast = 0.03f;          // share of the most trusted view's weight from which others are mixed in
constexpr float kContradiction = 0.15f;  // deviation of colours beyond which views contradict one another

}  // namespace maquette

#define MAQUETTE_BODY "paint/weigh.inl"
#include "isa.h"

namespace {

using namespace maquette;

// Calls body(face, first row, last row) for the part of every face that lies in a band of rows.
template <class Body>
void faces_in(const float* uv, int64_t count, int64_t size, int64_t first, int64_t last, Body body) {
    for (int64_t f = 0; f < count; ++f) {
        auto [low, high] = rows_of(uv + 6 * f, size);
        low = std::max(low, first), high = std::min(high, last);
        if (low <= high) body(f, low, high);
    }
}

// The face at every texel, -1 where there is none. A face too small for any texel's centre gets one that is free: those
// are returned.
std::vector<int64_t> cover(const float* uv, int64_t count, int64_t size, int32_t* face) {
    const int64_t bands = std::min(size, thread_limit()), rows = (size + bands - 1) / bands;
    std::vector<std::vector<uint8_t>> shown(static_cast<size_t>(bands), std::vector<uint8_t>(count, 0));
    parallel_for(bands, [&](int64_t band) {
        const int64_t first = band * rows, last = std::min(size, first + rows) - 1;
        if (first > last) return;
        std::fill(face + first * size, face + (last + 1) * size, -1);
        faces_in(uv, count, size, first, last, [&](int64_t f, int64_t low, int64_t high) {
            for (int64_t row = low; row <= high; ++row) {
                const auto [x0, x1] = span(uv + 6 * f, size, row);
                if (x0 > x1) continue;
                std::fill(face + row * size + x0, face + row * size + x1 + 1, int32_t(f));
                shown[band][f] = 1;
            }
        });
    });
    std::vector<int64_t> small;
    for (int64_t f = 0; f < count; ++f) {
        bool any = false;
        for (const auto& each : shown) any |= each[f] != 0;
        if (any) continue;
        const float* corner = uv + 6 * f;
        const auto texel = [&](int axis) {
            const double middle = (double(corner[axis]) + corner[2 + axis] + corner[4 + axis]) / 3 * double(size);
            return std::clamp<int64_t>(int64_t(middle), 0, size - 1);
        };
        int32_t& at = face[texel(1) * size + texel(0)];
        if (at >= 0) continue;
        at = int32_t(f);
        small.push_back(f);
    }
    return small;
}

std::vector<View> views_of(const Painter& painter, const float* poses, const float* intrinsics, const float* images,
                           const float* worth, const float* purity, const uint8_t* pure, const float* near_depth,
                           const int32_t* face, const float* depth) {
    std::vector<View> out;
    const int64_t pixels = painter.size.width * painter.size.height, fine = painter.fine.width * painter.fine.height;
    for (int64_t v = 0; v < painter.views; ++v) {
        const float *m = poses + 16 * v, *k = intrinsics + 9 * v;
        View view{m, k[0], k[4], k[2], k[5], {-m[8], -m[9], -m[10]}, images + v * pixels * painter.channels,
                  worth + v * pixels, purity + v * pixels, pure + v * pixels, near_depth + v * pixels, face + v * pixels,
                  depth + v * fine};
        for (int a = 0; painter.perspective && a < 3; ++a)
            view.eye[a] = -(m[a] * m[3] + m[4 + a] * m[7] + m[8 + a] * m[11]);
        out.push_back(view);
    }
    return out;
}

}  // namespace

// corners, normals: [faces, 3, 3]; uv: [faces, 3, 2] in [0, 1]; flat: [faces, 3]; poses: [views, 4, 4]; intrinsics:
// [views, 3, 3]; images: [views, height, width, channels]; worth, purity, pure, near_depth, seen: [views, height, width];
// depth: [views, fine_height, fine_width]. Written: face, confidence: [size, size]; colours: [size, size, channels],
// where face is not -1.
MAQUETTE_EXPORT int64_t maquette_paint(const float* corners, const float* normals, const float* uv, const float* flat,
                                       const float* poses, const float* intrinsics, const float* images,
                                       const float* worth, const float* purity, const uint8_t* pure,
                                       const float* near_depth, const int32_t* seen, const float* depth,
                                       int32_t* face, float* confidence, float* colours, int64_t faces, int64_t size, int64_t views, int64_t height,
                                       int64_t width, int64_t fine_height, int64_t fine_width, int64_t channels,
                                       int64_t perspective, double sharpness, double reach) try {
    Painter painter{{width, height}, {fine_width, fine_height}, channels,    views, perspective != 0,
                    float(sharpness), float(reach),             flat,        nullptr};
    const std::vector<View> prepared =
        views_of(painter, poses, intrinsics, images, worth, purity, pure, near_depth, seen, depth);
    painter.view = prepared.data();
    const std::vector<int64_t> small = cover(uv, faces, size, face);
    std::vector<Chart> charts(static_cast<size_t>(faces));
    for (int64_t f = 0; f < faces; ++f) charts[f] = chart_of(uv + 6 * f, size);
    for (int64_t f : small) charts[f] = kMiddle;

    struct Scratch {
        Scratch(int64_t views, int64_t channels)
            : lanes(new float[size_t(views * (channels + 2))][kBlock]), weighed(views), sum(views), order(views),
              used(views), count(views) {}
        Room room() {
            float(*all)[kBlock] = lanes.get();
            return {all, all + 2 * count, all + count, sum.data(), order.data(), used.data(), weighed.data()};
        }
        std::unique_ptr<float[][kBlock]> lanes;
        std::vector<Weighed> weighed;
        std::vector<float> sum;
        std::vector<int32_t> order, used;
        int64_t count;
    };
    std::vector<Scratch> scratch;
    for (int64_t worker = 0; worker < thread_limit(); ++worker) scratch.emplace_back(views, channels);
    const auto blend = MAQUETTE_PICK(blend_any);
    const auto place = MAQUETTE_PICK(place);
    constexpr int64_t kRows = 16;
    parallel_for_workers((size + kRows - 1) / kRows, [&](int64_t piece, int64_t worker) {
        const Room room = scratch[worker].room();
        Points points;
        std::memset(&points, 0, sizeof points);
        int64_t texel[kBlock];
        float mixed[kBlock * 5], trusted[kBlock];
        int filled = 0;
        const auto flush = [&] {
            blend(painter, points, filled, room, mixed, trusted);
            for (int i = 0; i < filled; ++i) {
                confidence[texel[i]] = trusted[i];
                std::copy(mixed + i * channels, mixed + (i + 1) * channels, colours + texel[i] * channels);
            }
            filled = 0;
        };
        for (int64_t row = piece * kRows; row < std::min(size, (piece + 1) * kRows); ++row) {
            const int32_t* own_face = face + row * size;
            for (int64_t x = 0; x < size;) {
                const int32_t f = own_face[x];
                if (f < 0) {
                    confidence[row * size + x++] = 0;
                    continue;
                }
                int64_t end = x + 1;
                while (end < size && end - x < kBlock - filled && own_face[end] == f) ++end;
                place(charts[f], corners + 9 * int64_t(f), normals + 9 * int64_t(f), x, end, row, points, filled);
                for (; x < end; ++x) texel[filled++] = row * size + x;
                if (filled == kBlock) flush();
            }
        }
        if (filled) flush();
    });
    return 0;
} MAQUETTE_END

// How much each view counts at given points: weights, [views, points].
MAQUETTE_EXPORT int64_t maquette_trust(const float* points, const float* normals, const float* poses,
                                       const float* intrinsics, const float* worth, const float* depth, float* out,
                                       int64_t count, int64_t views, int64_t height, int64_t width,
                                       int64_t fine_height, int64_t fine_width, int64_t perspective,
                                       double sharpness) try {
    Painter painter{{width, height}, {fine_width, fine_height}, 0,       views, perspective != 0,
                    float(sharpness), 1.0f,                     nullptr, nullptr};
    const std::vector<View> prepared =
        views_of(painter, poses, intrinsics, nullptr, worth, worth, nullptr, worth, nullptr, depth);
    const auto facing = MAQUETTE_PICK(facing);
    const auto bounds = MAQUETTE_PICK(bounds);
    const auto weigh = MAQUETTE_PICK(weigh);
    parallel_for((count + kBlock - 1) / kBlock, [&](int64_t piece) {
        Points at;
        std::memset(&at, 0, sizeof at);
        const int64_t first = piece * kBlock, some = std::min<int64_t>(kBlock, count - first);
        for (int64_t i = 0; i < some; ++i)
            for (int a = 0; a < 3; ++a) {
                at.p[a][i] = points[3 * (first + i) + a];
                at.n[a][i] = normals[3 * (first + i) + a];
            }
        Weighed weighed;
        for (int64_t v = 0; v < views; ++v) {
            float cosine[kBlock], bound[kBlock];
            facing(painter, prepared[v], at, cosine);
            bounds(painter, cosine, bound);
            const bool any = weigh(painter, prepared[v], at, cosine, bound, weighed);
            for (int64_t i = 0; i < some; ++i) out[v * count + first + i] = any ? weighed.weight[i] : 0.0f;
        }
    });
    return 0;
} MAQUETTE_END
