// What each pixel of a view is worth when a surface is painted from it, by what lies around it.
#include <cmath>
#include <limits>

#include "kernel.h"

namespace {

constexpr float kPure = 0.5f;           // from which a pixel shows one thing only
constexpr float kCalm = 0.06f * 0.06f;  // variance of four pixels below which they are mixed without a look at each

}  // namespace

// The variance of the colours of 2 x 2 pixels, by their alpha: out[x] of those in columns x - 1 and x of two rows.
// Where there is hardly more than one pixel it is 1: a lone pixel is uniform but says nothing.
template <int kChannels>
void variances(const float* alpha, const float* image, const float* alpha_below, const float* image_below,
               int64_t width, float* sums, float* out) {
    constexpr int kSums = kChannels + 2;
    for (int k = 0; k < kSums; ++k) sums[k] = sums[(width + 1) * kSums + k] = 0;
    bool any = false;
    for (int64_t x = 0; x < width; ++x) {
        const float a = alpha[x], b = alpha_below[x];
        float* to = sums + (x + 1) * kSums;
        any |= a + b > 0;
        float squares = 0;
        for (int c = 0; c < kChannels; ++c) {
            const float p = image[x * kChannels + c], q = image_below[x * kChannels + c];
            to[c] = a * p + b * q;
            squares += a * p * p + b * q * q;
        }
        to[kChannels] = squares, to[kChannels + 1] = a + b;
    }
    if (!any) return std::fill(out, out + width + 1, 1.0f);
    for (int64_t x = 0; x <= width; ++x) {
        const float *p = sums + x * kSums, *q = p + kSums, count = p[kSums - 1] + q[kSums - 1];
        float square = 0;
        for (int c = 0; c < kChannels; ++c) square += (p[c] + q[c]) * (p[c] + q[c]);
        const float inverse = 1 / std::max(count, 1e-6f);
        const float variance = std::max(p[kChannels] + q[kChannels] - square * inverse, 0.0f) * inverse;
        out[x] = count > 1.5f ? variance : 1.0f;
    }
}

// face, depth: [views, height, width] of the surface at pixel centres, -1 and 0 where nothing is hit; flat: [faces, 3]
// unit normals; alpha: [views, height, width]; images: [views, height, width, channels], 3 or 5 channels.
// Written: worth, purity, pure: [views, height, width].
MAQUETTE_EXPORT int64_t maquette_worth(const int32_t* face, const float* depth, const float* flat,
                                       const float* poses, const float* intrinsics, const float* alpha,
                                       const float* images, float* worth, float* purity, uint8_t* pure,
                                       int64_t views, int64_t height, int64_t width, int64_t channels, int64_t perspective) try {
    maquette::parallel_for(views * height, [&](int64_t line) {
        const int64_t view = line / height, y = line % height, base = view * height * width;
        const float *m = poses + 16 * view, *k = intrinsics + 9 * view;
        const auto covered = [&](int64_t row, int64_t column) {
            return row >= 0 && row < height && column >= 0 && column < width && alpha[base + row * width + column] > 0.5f;
        };
        for (int64_t x = 0; x < width; ++x) {
            const int64_t i = base + y * width + x;
            worth[i] = 0;
            // Whether the surface goes on to the pixels right of it, below it and below right.
            const int64_t right = x + 1 < width ? 1 : 0, down = y + 1 < height ? width : 0;
            pure[i] = face[i] < 0 && face[i + right] < 0 && face[i + down] < 0 && face[i + down + right] < 0;
            if (face[i] < 0 && !(alpha[i] > 0.3f)) continue;
            float margin = 1;                  // pixels to the outline, halved, at most 1
            if (!covered(y, x))
                margin = 0.05f;
            else if (!covered(y, x - 1) || !covered(y, x + 1) || !covered(y - 1, x) || !covered(y + 1, x))
                margin = 0.5f;
            else if (!covered(y - 1, x - 1) || !covered(y - 1, x + 1) || !covered(y + 1, x - 1) || !covered(y + 1, x + 1))
                margin = 0.70710678f;
            float beside = 0;  // neighbours that continue the surface
            if (face[i] >= 0) {
                const float z = depth[i], scale = perspective ? z : 1.0f, *n = flat + 3 * int64_t(face[i]);
                float ray[3] = {0, 0, 1};
                if (perspective) ray[0] = (float(x) + 0.5f - k[2]) / k[0], ray[1] = (float(y) + 0.5f - k[5]) / k[4];
                float turned = 0;
                for (int a = 0; a < 3; ++a)
                    turned += ray[a] * (m[4 * a] * n[0] + m[4 * a + 1] * n[1] + m[4 * a + 2] * n[2]);
                const float length = std::sqrt(ray[0] * ray[0] + ray[1] * ray[1] + 1);
                const float cosine = std::min(std::max(std::abs(turned) / length, 1e-6f), 1.0f);
                const float slope = std::min(std::sqrt(1 - cosine * cosine) / cosine, 8.0f);
                const float step = 0.03f + 3 * (4e-3f + scale / k[0] * slope);
                const auto goes_on = [&](int64_t other) {
                    return depth[other] > 0 && std::abs(depth[other] - z) < step;
                };
                pure[i] = goes_on(i + right) && goes_on(i + down) && goes_on(i + down + right);
                const auto near = [&](int64_t row, int64_t column) {
                    if (row < 0 || row >= height || column < 0 || column >= width) return 0.0f;
                    const float other = depth[base + row * width + column];
                    return other > 0 && std::abs(other - z) < step ? 0.25f : 0.0f;
                };
                beside = near(y, x - 1) + near(y, x + 1) + near(y - 1, x) + near(y + 1, x);
            }
            worth[i] = margin * std::clamp(alpha[i] * 2 - 0.6f, 0.0f, 1.0f) * (0.1f + 0.9f * beside);
        }
    });

    // A pixel is pure if any of the four 2 x 2 squares around it is uniform (after Kuwahara et al. 1976).
    constexpr int64_t kRows = 32;
    const int64_t pieces = (height + kRows - 1) / kRows;
    const std::vector<float> nothing(size_t(width * channels), 0.0f);
    maquette::parallel_for(views * pieces, [&](int64_t piece) {
        const int64_t base = piece / pieces * height, first = piece % pieces * kRows;
        std::vector<float> sums(size_t((width + 2) * (channels + 2))), above(width + 1), below(width + 1);
        const auto squares = [&](int64_t row, float* out) {  // of a row and the one below it
            const auto of = [&](const float* all, int64_t y, int64_t stride) {
                return y < 0 || y >= height ? nothing.data() : all + (base + y) * width * stride;
            };
            (channels == 3 ? variances<3> : variances<5>)(of(alpha, row, 1), of(images, row, channels),
                                                          of(alpha, row + 1, 1), of(images, row + 1, channels), width,
                                                          sums.data(), out);
        };
        squares(first - 1, above.data());
        for (int64_t y = first; y < std::min(height, first + kRows); ++y) {
            squares(y, below.data());
            const int64_t line = (base + y) * width;
            for (int64_t x = 0; x < width; ++x) {
                const float least = std::min(std::min(above[x], above[x + 1]), std::min(below[x], below[x + 1]));
                const float solid = std::clamp(alpha[line + x] * 1.25f - 0.25f, 0.0f, 1.0f);
                purity[line + x] = solid * solid * (0.02f + 1 / (1 + least * (1 / (0.03f * 0.03f))));
                pure[line + x] &= uint8_t(below[x + 1] < kCalm) | uint8_t(x + 1 == width) | uint8_t(y + 1 == height);
            }
            std::swap(above, below);
        }
    });
    maquette::parallel_for(views * height, [&](int64_t line) {
        const float* row = purity + line * width;
        const float* below = row + (line % height + 1 < height ? width : 0);
        for (int64_t x = 0; x < width; ++x) {
            const int64_t right = std::min(x + 1, width - 1);
            pure[line * width + x] &= row[x] >= kPure && row[right] >= kPure && below[x] >= kPure && below[right] >= kPure;
        }
    });
    return 0;
} MAQUETTE_END
