// Views of one object to a signed field: see reference.py, which defines what is computed here.
#include <cmath>
#include <limits>

#include "kernel.h"

namespace {

constexpr float kFree = 0.15f;  // weight of the free space far before a surface

// Weights of the quadratic B-spline on three pixels around a position in pixels; first is the lowest of them.
void spline(float position, int64_t& first, float weight[3]) {
    float centre = std::floor(position), t = position - centre - 0.5f;
    first = int64_t(centre) - 1;
    weight[0] = 0.5f * (0.5f - t) * (0.5f - t);
    weight[1] = 0.75f - t * t;
    weight[2] = 0.5f * (0.5f + t) * (0.5f + t);
}

struct View {
    const float* camera;   // 3x4 world to (pixel x * w, pixel y * w, depth), rows
    const float* outline;  // [height * scale, width * scale]
    const float* plane;    // [height, width, 5]
    const float* deepest;  // [height, width], depth behind which no plane around has a say
    int64_t height, width, scale;
    bool perspective;
    float pixels_per_unit, slack, lag;
};

struct Sum {
    float hull, loose_hull, value, weight;
    bool seen;
};

void look(const View& view, const float p[3], float truncation, Sum& sum) {
    const float* m = view.camera;
    float x = m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3];
    float y = m[4] * p[0] + m[5] * p[1] + m[6] * p[2] + m[7];
    float z = m[8] * p[0] + m[9] * p[1] + m[10] * p[2] + m[11];
    float unit = 1 / view.pixels_per_unit;
    if (view.perspective) {
        if (!(z > 1e-6f)) return;
        x /= z, y /= z, unit *= z;
    }
    if (!(x >= 0 && x <= float(view.width) && y >= 0 && y <= float(view.height))) return;
    sum.seen = true;

    int64_t wide = view.width * view.scale, high = view.height * view.scale;
    float fx = std::min(std::max(x * float(view.scale) - 0.5f, 0.0f), float(wide - 1));
    float fy = std::min(std::max(y * float(view.scale) - 0.5f, 0.0f), float(high - 1));
    int64_t ix = std::min<int64_t>(int64_t(fx), std::max<int64_t>(wide - 2, 0));
    int64_t iy = std::min<int64_t>(int64_t(fy), std::max<int64_t>(high - 2, 0));
    int64_t right = wide > 1, below = high > 1 ? wide : 0;
    float tx = fx - float(ix), ty = fy - float(iy);
    const float* o = view.outline + iy * wide + ix;
    float top = o[0] + tx * (o[right] - o[0]), bottom = o[below] + tx * (o[below + right] - o[below]);
    float silhouette = (top + ty * (bottom - top)) * unit;
    sum.hull = std::max(sum.hull, silhouette);
    sum.loose_hull = std::max(sum.loose_hull, silhouette - view.slack * unit);
    if (sum.loose_hull > truncation) return;
    if (silhouette > 0) {
        float weight = view.slack > 0 ? std::min(silhouette / (view.slack * unit), 1.0f) : 1.0f;
        sum.value += weight * std::min(silhouette, truncation);
        sum.weight += weight;
    }

    int64_t column = std::min(int64_t(x), view.width - 1), row = std::min(int64_t(y), view.height - 1);
    if (z > view.deepest[row * view.width + column]) return;
    int64_t first_x, first_y;
    float wx[3], wy[3];
    spline(x, first_x, wx), spline(y, first_y, wy);
    for (int j = 0; j < 3; ++j) {
        row = first_y + j;
        if (row < 0 || row >= view.height) continue;
        for (int i = 0; i < 3; ++i) {
            column = first_x + i;
            if (column < 0 || column >= view.width) continue;
            const float* q = view.plane + 5 * (row * view.width + column);
            if (!(q[4] > 0)) continue;
            float front = q[0] + q[1] * (x - float(column) - 0.5f) + q[2] * (y - float(row) - 0.5f) - z;
            float fade = std::min(std::max((front + view.lag) / truncation + 1, 0.0f), 1.0f);
            // Far before the surface all is said to be free, but less loudly than what is near it.
            float free = std::min(std::max(1.5f - front / (2 * truncation), kFree), 1.0f);
            float weight = wx[i] * wy[j] * q[4] * fade * free;
            sum.value += weight * std::min(std::max({front * q[3], silhouette, -truncation}), truncation);
            sum.weight += weight;
        }
    }
}

// Most samples lie deep inside: one comparison for each view tells that they do.
std::vector<float> deepest_planes(const float* planes, int64_t views, int64_t height, int64_t width, float reach) {
    std::vector<float> out(views * height * width, -std::numeric_limits<float>::infinity());
    for (int64_t v = 0; v < views; ++v)
        for (int64_t y = 0; y < height; ++y)
            for (int64_t x = 0; x < width; ++x) {
                const float* q = planes + 5 * ((v * height + y) * width + x);
                if (!(q[4] > 0)) continue;
                float depth = q[0] + 1.5f * (std::abs(q[1]) + std::abs(q[2])) + reach;  // a tap reaches 1.5 pixels
                for (int64_t j = std::max<int64_t>(y - 1, 0); j <= std::min(y + 1, height - 1); ++j)
                    for (int64_t i = std::max<int64_t>(x - 1, 0); i <= std::min(x + 1, width - 1); ++i) {
                        float& o = out[(v * height + j) * width + i];
                        o = std::max(o, depth);
                    }
            }
    return out;
}

}  // namespace

// cameras: [views, 3, 4]; outlines: [views, height * scale, width * scale]; planes: [views, height, width, 5];
// pixels_per_unit: [views]; field, hull: [size, size, size]; origin: [3].
MAQUETTE_EXPORT int64_t maquette_fuse(const float* cameras, const float* outlines, const float* planes,
                                      const double* origin, const float* pixels_per_unit, float* field, float* hull,
                                      int64_t views, int64_t height, int64_t width, int64_t scale,
                                      int64_t perspective, int64_t size, double spacing, double truncation, double slack,
                                      double lag, double prior) try {
    float tau = float(truncation);
    std::vector<float> deepest = deepest_planes(planes, views, height, width, float(lag) + tau);
    maquette::parallel_for(size, [&](int64_t i) {
        for (int64_t j = 0; j < size; ++j)
            for (int64_t k = 0; k < size; ++k) {
                float p[3] = {float(origin[0] + spacing * double(i)), float(origin[1] + spacing * double(j)),
                              float(origin[2] + spacing * double(k))};
                constexpr float kNone = -std::numeric_limits<float>::infinity();
                Sum sum{kNone, kNone, -tau * float(prior), float(prior), false};
                for (int64_t v = 0; v < views && sum.loose_hull <= tau; ++v)
                    look({cameras + 12 * v, outlines + v * height * width * scale * scale,
                          planes + 5 * v * height * width, deepest.data() + v * height * width, height, width, scale, perspective != 0, pixels_per_unit[v],
                          float(slack), float(lag)},
                         p, tau, sum);
                float value = std::min(std::max(sum.loose_hull, sum.value / sum.weight), tau);
                field[(i * size + j) * size + k] = sum.seen ? value : tau;
                hull[(i * size + j) * size + k] = sum.seen ? std::min(std::max(sum.hull, -tau), tau) : tau;
            }
    });
    return 0;
} MAQUETTE_END
