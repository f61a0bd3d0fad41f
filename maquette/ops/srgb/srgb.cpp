// The sRGB transfer curve (IEC 61966-2-1) over whole images, from tables between whose entries it is all but straight.
#include <cmath>

#include "kernel.h"

namespace {

constexpr int kEntries = 4096;

template <class Body>
void in_pieces(int64_t count, Body body) {
    constexpr int64_t kPiece = 1 << 16;
    maquette::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
        for (int64_t i = piece * kPiece; i < std::min(count, (piece + 1) * kPiece); ++i) body(i);
    });
}

// A function of [0, 1] at evenly spaced places, and straight between them.
struct Table {
    float value[kEntries + 2];
    template <class Function>
    explicit Table(Function of) {
        for (int i = 0; i < kEntries + 2; ++i) value[i] = float(of(std::min(1.0, i / double(kEntries))));
    }
    float operator()(float x) const {
        const float at = (x > 0 ? (x < 1 ? x : 1.0f) : 0.0f) * kEntries;  // NaN becomes 0
        const int i = int(at);
        return value[i] + (at - float(i)) * (value[i + 1] - value[i]);
    }
};

}  // namespace

// encoded, linear: [count]; values are clamped to [0, 1].
MAQUETTE_EXPORT int64_t maquette_srgb_decode(const float* encoded, float* linear, int64_t count) try {
    static const Table table([](double x) { return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4); });
    in_pieces(count, [&](int64_t i) { linear[i] = table(encoded[i]); });
    return 0;
} MAQUETTE_END

MAQUETTE_EXPORT int64_t maquette_srgb_encode(const float* linear, float* encoded, int64_t count) try {
    // Over the root, for near zero the curve itself bends too much.
    static const Table table([](double root) {
        const double x = root * root;
        return x <= 0.0031308 ? x * 12.92 : 1.055 * std::pow(x, 1 / 2.4) - 0.055;
    });
    in_pieces(count, [&](int64_t i) {
        const float x = linear[i];
        encoded[i] = x < 0.0031308f ? (x > 0 ? x * 12.92f : 0.0f) : table(std::sqrt(x));
    });
    return 0;
} MAQUETTE_END
