// Light that reaches points from many directions, each with a shadow map (Williams 1978, "Casting curved shadows on
// curved surfaces"), filtered over the four nearest depths (Reeves, Salesin and Cook 1987).
#include <cmath>

#include "kernel.h"

// points, normals: [points, 3]; frames: [lights, 3, 4] rows that take a world point to the map's pixel x, pixel y and
// depth; toward: [lights, 3] unit; radiance: [lights, channels]; depths: [lights, size, size], 0 where empty; out:
// [points, channels], added to. A map's depth must exceed a point's by no less than -bias for it to be lit.
MAQUETTE_EXPORT int64_t maquette_irradiance(const float* points, const float* normals, const float* frames,
                                            const float* toward, const float* radiance, const float* depths,
                                            float* out, int64_t point_count, int64_t lights, int64_t channels,
                                            int64_t size, double bias) try {
    constexpr int64_t kPiece = 1 << 12;
    maquette::parallel_for((point_count + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(point_count, (piece + 1) * kPiece);
        // Lights outermost, so that one map at a time stays in the cache.
        for (int64_t light = 0; light < lights; ++light) {
            const float *d = toward + 3 * light, *m = frames + 12 * light, *map = depths + light * size * size;
            for (int64_t i = piece * kPiece; i < end; ++i) {
                const float *p = points + 3 * i, *n = normals + 3 * i;
                float cosine = n[0] * d[0] + n[1] * d[1] + n[2] * d[2];
                if (!(cosine > 0)) continue;
                float x = m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3] - 0.5f;
                float y = m[4] * p[0] + m[5] * p[1] + m[6] * p[2] + m[7] - 0.5f;
                float z = m[8] * p[0] + m[9] * p[1] + m[10] * p[2] + m[11] - float(bias);
                float lit = 1;
                if (x > 0 && y > 0 && x < size - 1 && y < size - 1) {
                    int64_t x0 = int64_t(x), y0 = int64_t(y);
                    float fx = x - x0, fy = y - y0;
                    const float* at = map + y0 * size + x0;
                    auto open = [z](float depth) { return depth == 0 || z <= depth ? 1.0f : 0.0f; };
                    float top = open(at[0]) * (1 - fx) + open(at[1]) * fx;
                    float low = open(at[size]) * (1 - fx) + open(at[size + 1]) * fx;
                    lit = top * (1 - fy) + low * fy;
                }
                for (int64_t c = 0; c < channels; ++c) out[i * channels + c] += radiance[light * channels + c] * cosine * lit;
            }
        }
    });
    return 0;
} MAQUETTE_END
