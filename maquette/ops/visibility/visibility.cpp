// Which points are seen from which cameras: a comparison with depth maps, lenient by what a pixel hides of a slope.
#include <cmath>

#include "kernel.h"

namespace {

constexpr float kSteepest = 8;  // slopes are not taken to be steeper, so that what is far behind stays hidden

struct View {
    const float* pose;        // [4, 4], world to camera
    const float* intrinsics;  // [3, 3]
    const float* depth;       // [height, width]
    int64_t width, height;
    bool perspective;
};

bool seen(const View& view, const float* p, const float* normal, float facing, float slack, float slope_pixels) {
    const float *m = view.pose, *k = view.intrinsics;
    float q[3];
    for (int r = 0; r < 3; ++r) q[r] = m[4 * r] * p[0] + m[4 * r + 1] * p[1] + m[4 * r + 2] * p[2] + m[4 * r + 3];
    if (view.perspective && !(q[2] > 0)) return false;
    float away = view.perspective ? q[2] : 1, slope = 1;
    if (normal) {
        float toward[3] = {-m[8], -m[9], -m[10]}, square = 1;
        if (view.perspective) {
            square = 0;
            for (int a = 0; a < 3; ++a) {
                toward[a] = -(m[a] * q[0] + m[4 + a] * q[1] + m[8 + a] * q[2]);
                square += toward[a] * toward[a];
            }
        }
        float cosine = (toward[0] * normal[0] + toward[1] * normal[1] + toward[2] * normal[2]) / std::sqrt(square);
        if (!(cosine > facing)) return false;
        slope = std::min(std::sqrt(std::max(1 - cosine * cosine, 0.0f)) / std::max(cosine, 1e-6f), kSteepest);
    }
    float x = q[0] / away * k[0] + k[2], y = q[1] / away * k[4] + k[5];
    if (!(x >= 0 && x <= float(view.width) && y >= 0 && y <= float(view.height))) return false;
    auto tap = [](float c, int64_t n) { return std::min(std::max<int64_t>(int64_t(std::floor(c - 0.5f)), 0), n - 1); };
    int64_t x0 = tap(x, view.width), y0 = tap(y, view.height);
    int64_t x1 = tap(x + 1, view.width), y1 = tap(y + 1, view.height);
    float deepest = std::max(std::max(view.depth[y0 * view.width + x0], view.depth[y0 * view.width + x1]),
                             std::max(view.depth[y1 * view.width + x0], view.depth[y1 * view.width + x1]));
    return deepest > 0 && q[2] <= deepest + slack + slope_pixels * slope * away / std::abs(k[0]);
}

}  // namespace

// poses: [views, 4, 4]; intrinsics: [views, 3, 3]; depth: [views, height, width]; points: [points, 3]; normals: the
// same, or unread where !has_normals; out: [views, points].
MAQUETTE_EXPORT int64_t maquette_visibility(const float* poses, const float* intrinsics, const float* depth,
                                            const float* points, const float* normals, uint8_t* out, int64_t views,
                                            int64_t height, int64_t width, int64_t count, int64_t has_normals,
                                            int64_t perspective, double facing, double slack, double slope_pixels) try {
    constexpr int64_t kPiece = 16384;
    int64_t pieces = (count + kPiece - 1) / kPiece;
    maquette::parallel_for(views * pieces, [&](int64_t job) {
        int64_t v = job / pieces, first = job % pieces * kPiece;
        View view{poses + 16 * v, intrinsics + 9 * v, depth + v * height * width, width, height, perspective != 0};
        for (int64_t i = first; i < std::min(count, first + kPiece); ++i)
            out[v * count + i] = seen(view, points + 3 * i, has_normals ? normals + 3 * i : nullptr, float(facing),
                                      float(slack), float(slope_pixels));
    });
    return 0;
} MAQUETTE_END
