// Fields as contouring sees them: a grid of samples with one more ring around, which is never inside.
// Coordinates count that ring: sample (0, 0, 0) of the field is at (1, 1, 1).
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace maquette {

// One bit a sample, set where the sample is negative. Returns whether all are finite.
inline bool sign_bits(const float* row, int64_t count, uint64_t* bits) {
    bool finite = true;
    for (int64_t first = 0; first < count; first += 64) {
        uint64_t word = 0;
        int64_t n = std::min<int64_t>(64, count - first), i = 0;
#if defined(__SSE2__)
        __m128 zero = _mm_setzero_ps(), broken = zero;
        for (; i + 4 <= n; i += 4) {
            __m128 v = _mm_loadu_ps(row + first + i), none = _mm_sub_ps(v, v);  // NaN for infinities and NaN
            broken = _mm_or_ps(broken, _mm_cmpunord_ps(none, none));
            word |= uint64_t(_mm_movemask_ps(_mm_cmplt_ps(v, zero))) << i;
        }
        finite = finite && _mm_movemask_ps(broken) == 0;
#endif
        for (; i < n; ++i) {
            word |= uint64_t(row[first + i] < 0) << i;
            finite = finite && std::isfinite(row[first + i]);
        }
        bits[first / 64] = word;
    }
    return finite;
}

struct DenseField {
    const float* values;  // [x, y, z]
    int64_t size[3];

    int64_t offset(int64_t x, int64_t y, int64_t z) const { return (x * size[1] + y) * size[2] + z; }
    float sample(int64_t x, int64_t y, int64_t z) const { return values[offset(x, y, z)]; }

    bool signs(int64_t x, int64_t y, uint64_t* bits) const {
        return sign_bits(values + (x * size[1] + y) * size[2], size[2], bits);
    }

    // The 4 x 4 x 4 samples around a cell: true where they lie side by side in memory, from `start` on.
    bool whole(const int64_t cell[3], const float*& start, int64_t stride[2]) const {
        for (int a = 0; a < 3; ++a)
            if (cell[a] < 2 || cell[a] + 2 > size[a]) return false;
        start = values + ((cell[0] - 2) * size[1] + cell[1] - 2) * size[2] + cell[2] - 2;
        stride[0] = size[1] * size[2], stride[1] = size[2];
        return true;
    }
};

// Blocks of 8 x 8 x 8 samples near surfaces; elsewhere all is `far` outside, or as far inside.
struct SparseField {
    static constexpr int64_t kSide = 8, kOutside = -1;
    const int32_t* index;  // [x, y, z] of blocks: their number, kOutside, or -2: inside
    const float* values;   // [blocks, 8, 8, 8]
    float far;
    int64_t size[3];  // in samples, multiples of 8

    int32_t block(int64_t x, int64_t y, int64_t z) const {
        return index[((x >> 3) * (size[1] >> 3) + (y >> 3)) * (size[2] >> 3) + (z >> 3)];
    }
    int64_t offset(int64_t x, int64_t y, int64_t z) const {  // negative where there is no block
        int64_t b = block(x, y, z);
        return b < 0 ? b : b * 512 + (x & 7) * 64 + (y & 7) * 8 + (z & 7);
    }
    float sample(int64_t x, int64_t y, int64_t z) const {
        int64_t at = offset(x, y, z);
        return at >= 0 ? values[at] : at == kOutside ? far : -far;
    }

    bool signs(int64_t x, int64_t y, uint64_t* bits) const {
        bool finite = true;
        for (int64_t z = 0; z < size[2]; z += 8) {
            int64_t b = block(x, y, z);
            uint64_t byte = b == kOutside ? 0 : 255;
            if (b >= 0) finite = sign_bits(values + b * 512 + (x & 7) * 64 + (y & 7) * 8, 8, &byte) && finite;
            uint64_t& word = bits[z / 64];
            if (z % 64 == 0) word = 0;
            word |= byte << (z % 64);
        }
        return finite;
    }

    bool whole(const int64_t cell[3], const float*& start, int64_t stride[2]) const {
        for (int a = 0; a < 3; ++a) {
            int64_t at = (cell[a] - 2) & 7;
            if (cell[a] < 2 || cell[a] + 2 > size[a] || at > 4) return false;
        }
        int64_t b = block(cell[0] - 2, cell[1] - 2, cell[2] - 2);
        if (b < 0) return false;
        start = values + b * 512 + ((cell[0] - 2) & 7) * 64 + ((cell[1] - 2) & 7) * 8 + ((cell[2] - 2) & 7);
        stride[0] = 64, stride[1] = 8;
        return true;
    }
};

// The 4 x 4 x 4 samples around a cell (its own corners are 1 and 2 along each axis) but for those that no corner's
// central differences need.
template <class Field>
void neighbourhood(const Field& field, const int64_t cell[3], float out[4][4][4]) {
    const float* start;
    int64_t stride[2];
    if (field.whole(cell, start, stride)) {
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < 4; ++j) std::memcpy(out[i][j], start + i * stride[0] + j * stride[1], 4 * sizeof(float));
        return;
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
            for (int k = 0; k < 4; ++k) {
                int64_t p[3] = {cell[0] + i - 1, cell[1] + j - 1, cell[2] + k - 1};
                bool border = false;
                for (int a = 0; a < 3; ++a) {
                    int64_t inner = std::min(std::max<int64_t>(p[a], 1), field.size[a]);
                    border = border || inner != p[a];
                    p[a] = inner - 1;
                }
                float value = field.sample(p[0], p[1], p[2]);
                out[i][j][k] = border ? std::abs(value) : value;
            }
}

}  // namespace maquette
