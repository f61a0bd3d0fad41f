// Blends values given for each corner of each face, without gradients: for rendering and baking.
#include "kernel.h"

// corner_values: [faces, 3, channels]; out: [pixels, channels], zero where face_ids is -1.
MAQUETTE_EXPORT int64_t maquette_interpolate(const int32_t* face_ids, const float* barycentrics,
                                             const float* corner_values, float* out, int64_t pixels,
                                             int64_t channels) try {
    constexpr int64_t kPiece = 1 << 15;
    maquette::parallel_for((pixels + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(pixels, (piece + 1) * kPiece);
        for (int64_t i = piece * kPiece; i < end; ++i) {
            float* target = out + i * channels;
            if (face_ids[i] < 0) {
                std::fill(target, target + channels, 0.0f);
                continue;
            }
            float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
            const float* a = corner_values + int64_t(face_ids[i]) * 3 * channels;
            for (int64_t c = 0; c < channels; ++c)
                target[c] = b0 * a[c] + b1 * a[channels + c] + b2 * a[2 * channels + c];
        }
    });
    return 0;
} MAQUETTE_END

// The mean over the samples of each pixel that hit something, s x s samples a pixel.
// out: [views, height, width, channels]; coverage: [views, height, width]; height and width are in pixels.
MAQUETTE_EXPORT int64_t maquette_resolve(const int32_t* face_ids, const float* barycentrics,
                                         const float* corner_values, float* out, float* coverage, int64_t views,
                                         int64_t height, int64_t width, int64_t s, int64_t channels) try {
    maquette::parallel_for(views, [&](int64_t view) {
        for (int64_t row = view * height; row < (view + 1) * height; ++row)
            for (int64_t column = 0; column < width; ++column) {
                float* target = out + (row * width + column) * channels;
                std::fill(target, target + channels, 0.0f);
                int64_t hits = 0;
                for (int64_t dy = 0; dy < s; ++dy)
                    for (int64_t dx = 0; dx < s; ++dx) {
                        int64_t i = (row * s + dy) * width * s + column * s + dx;
                        if (face_ids[i] < 0) continue;
                        ++hits;
                        float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
                        const float* a = corner_values + int64_t(face_ids[i]) * 3 * channels;
                        for (int64_t c = 0; c < channels; ++c)
                            target[c] += b0 * a[c] + b1 * a[channels + c] + b2 * a[2 * channels + c];
                    }
                for (int64_t c = 0; hits > 0 && c < channels; ++c) target[c] /= float(hits);
                coverage[row * width + column] = float(hits) / float(s * s);
            }
    });
    return 0;
} MAQUETTE_END
