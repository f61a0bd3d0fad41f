// Samples of a coarse picture at surface points, by joint bilateral weights (Kopf et al. 2007, "Joint bilateral
// upsampling") followed by mean shift over colour (Comaniciu and Meer 2002), which brings a sample that lies
// between two colours to the nearer one: edges stay sharp however far the picture is magnified.
#include <cmath>

#include "kernel.h"

namespace {

constexpr int kRadius = 2, kTaps = (2 * kRadius + 1) * (2 * kRadius + 1), kChannels = 8;

inline float biweight(float squared) {  // 1 at 0, 0 from 1 on
    float rest = 1 - squared;
    return rest > 0 ? rest * rest : 0;
}

}  // namespace

// image: [height, width, channels]; confidence: [height, width], 0 excludes a pixel; seen: [height, width, 6], the
// position and unit normal of the surface at each pixel's centre, normal 0 where there is none; pixels: [points, 2];
// surface: [points, 6], positions and unit normals; out: [points, channels]. `reach` is the distance from the
// point's tangent plane, and `contrast` the distance in colour, beyond which a pixel does not count. Returns 1
// where there are more channels than 8.
MAQUETTE_EXPORT int64_t maquette_sample_guided(const float* image, const float* confidence, const float* seen,
                                               const float* pixels, const float* surface, float* out, int64_t height,
                                               int64_t width, int64_t channels, int64_t points, int64_t shifts,
                                               double reach, double contrast) {
    if (channels > kChannels) return 1;
    float per_reach = float(1 / (reach * reach)), per_contrast = float(1 / (contrast * contrast));
    constexpr int64_t kPiece = 1 << 12;
    maquette::parallel_for((points + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(points, (piece + 1) * kPiece);
        for (int64_t i = piece * kPiece; i < end; ++i) {
            float x = std::clamp(pixels[2 * i], 0.0f, float(width)) - 0.5f;
            float y = std::clamp(pixels[2 * i + 1], 0.0f, float(height)) - 0.5f;
            if (!(x == x) || !(y == y)) x = y = 0;
            int64_t cx = int64_t(std::floor(x + 0.5f)), cy = int64_t(std::floor(y + 0.5f));
            const float *p = surface + 6 * i, *n = p + 3;
            float wide[kTaps], near_sum = 0, wide_sum = 0;
            float colours[kTaps][kChannels], mean[kChannels] = {0}, broad[kChannels] = {0};
            int taps = 0;
            for (int64_t v = std::max<int64_t>(0, cy - kRadius); v <= std::min(height - 1, cy + kRadius); ++v)
                for (int64_t u = std::max<int64_t>(0, cx - kRadius); u <= std::min(width - 1, cx + kRadius); ++u) {
                    int64_t at = v * width + u;
                    if (!(confidence[at] > 0)) continue;
                    const float *q = seen + 6 * at, *m = q + 3;
                    float off = n[0] * (q[0] - p[0]) + n[1] * (q[1] - p[1]) + n[2] * (q[2] - p[2]);
                    float turn = n[0] * m[0] + n[1] * m[1] + n[2] * m[2];
                    float same = 0.02f + biweight(off * off * per_reach) * std::max(turn, 0.0f);
                    float dx = u - x, dy = v - y, squared = dx * dx + dy * dy;
                    float weight = confidence[at] * same;
                    float close = weight * biweight(squared / 2.25f);
                    wide[taps] = weight * biweight(squared / 8.0f);
                    near_sum += close, wide_sum += wide[taps];
                    for (int64_t c = 0; c < channels; ++c) {
                        colours[taps][c] = image[at * channels + c];
                        mean[c] += close * colours[taps][c];
                        broad[c] += wide[taps] * colours[taps][c];
                    }
                    ++taps;
                }
            if (near_sum > 1e-6f)
                for (int64_t c = 0; c < channels; ++c) mean[c] /= near_sum;
            else
                for (int64_t c = 0; c < channels; ++c) mean[c] = wide_sum > 0 ? broad[c] / wide_sum : 0;
            for (int64_t shift = 0; shift < shifts; ++shift) {
                float sum = 0, moved[kChannels] = {0};
                for (int t = 0; t < taps; ++t) {
                    float squared = 0;
                    for (int64_t c = 0; c < channels; ++c) {
                        float difference = colours[t][c] - mean[c];
                        squared += difference * difference;
                    }
                    float weight = wide[t] * biweight(squared * per_contrast);
                    sum += weight;
                    for (int64_t c = 0; c < channels; ++c) moved[c] += weight * colours[t][c];
                }
                if (!(sum > 1e-9f)) break;
                for (int64_t c = 0; c < channels; ++c) mean[c] = moved[c] / sum;
            }
            for (int64_t c = 0; c < channels; ++c) out[i * channels + c] = mean[c];
        }
    });
    return 0;
}
