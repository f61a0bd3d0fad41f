// Bilinear samples of an image at continuous pixel coordinates, pixel centres at +0.5.
#include <cmath>

#include "kernel.h"

// image: [height, width, channels]; pixels: [points, 2] as x, y; wrap: 1 repeats the image, 0 clamps to its border;
// out: [points, channels].
MAQUETTE_EXPORT int64_t maquette_sample_bilinear(const float* image, const float* pixels, float* out, int64_t height,
                                                 int64_t width, int64_t channels, int64_t points, int64_t wrap) try {
    auto place = [wrap](double at, int64_t count, int64_t& low, int64_t& high) {
        if (!std::isfinite(at)) at = 0;
        if (!wrap) at = std::clamp(at, 0.0, double(count - 1));
        double base = std::floor(at);
        low = int64_t(base), high = low + 1;
        if (wrap) {
            low = ((low % count) + count) % count;
            high = ((high % count) + count) % count;
        } else {
            high = std::min(high, count - 1);
        }
        return float(at - base);
    };
    constexpr int64_t kPiece = 1 << 14;
    maquette::parallel_for((points + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(points, (piece + 1) * kPiece);
        for (int64_t i = piece * kPiece; i < end; ++i) {
            int64_t x0, x1, y0, y1;
            float fx = place(double(pixels[2 * i]) - 0.5, width, x0, x1);
            float fy = place(double(pixels[2 * i + 1]) - 0.5, height, y0, y1);
            const float *a = image + (y0 * width + x0) * channels, *b = image + (y0 * width + x1) * channels,
                        *c = image + (y1 * width + x0) * channels, *d = image + (y1 * width + x1) * channels;
            // Differences keep a constant image exactly constant, which a sum of four products does not.
            for (int64_t k = 0; k < channels; ++k) {
                float top = a[k] + fx * (b[k] - a[k]), low = c[k] + fx * (d[k] - c[k]);
                out[i * channels + k] = top + fy * (low - top);
            }
        }
    });
    return 0;
} MAQUETTE_END
