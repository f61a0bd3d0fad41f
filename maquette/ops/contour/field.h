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
        for (; i + 16 <= n; i += 16) {
            // Nothing is done with a sample but this: without a hint the loop waits for memory.
            _mm_prefetch(reinterpret_cast<const char*>(row + first + i + 512), _MM_HINT_T0);
            __m128 v[4], none[4];
            for (int k = 0; k < 4; ++k) v[k] = _mm_loadu_ps(row + first + i + 4 * k), none[k] = _mm_sub_ps(v[k], v[k]);
            // NaN for infinities and NaN, and so are sums with it.
            const __m128 any = _mm_add_ps(_mm_add_ps(none[0], none[1]), _mm_add_ps(none[2], none[3]));
            broken = _mm_or_ps(broken, _mm_cmpunord_ps(any, any));
            const __m128i low = _mm_packs_epi32(_mm_castps_si128(_mm_cmplt_ps(v[0], zero)),
                                                _mm_castps_si128(_mm_cmplt_ps(v[1], zero)));
            const __m128i high = _mm_packs_epi32(_mm_castps_si128(_mm_cmplt_ps(v[2], zero)),
                                                 _mm_castps_si128(_mm_cmplt_ps(v[3], zero)));
            word |= uint64_t(_mm_movemask_epi8(_mm_packs_epi16(low, high))) << i;
        }
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

    // The 4 x 4 x 4 samples from `first` on, which are all there.
    void copy(const int64_t first[3], float out[4][4][4]) const {
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < 4; ++j)
                std::memcpy(out[i][j], values + offset(first[0] + i, first[1] + j, first[2]), 4 * sizeof(float));
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

    // The 4 x 4 x 4 samples from `first` on, which are all within the grid: of one block, or of two along an axis.
    void copy(const int64_t first[3], float out[4][4][4]) const {
        int64_t split[3];  // how many of the four lie in the first block
        for (int a = 0; a < 3; ++a) split[a] = std::min<int64_t>(4, 8 - (first[a] & 7));
        for (int64_t i = 0, ni; i < 4; i += ni) {
            ni = i ? 4 - i : split[0];
            for (int64_t j = 0, nj; j < 4; j += nj) {
                nj = j ? 4 - j : split[1];
                for (int64_t k = 0, nk; k < 4; k += nk) {
                    nk = k ? 4 - k : split[2];
                    int64_t at = offset(first[0] + i, first[1] + j, first[2] + k);
                    float constant = at == kOutside ? far : -far;
                    for (int64_t x = i; x < i + ni; ++x)
                        for (int64_t y = j; y < j + nj; ++y)
                            for (int64_t z = k; z < k + nk; ++z)
                                out[x][y][z] = at < 0 ? constant : values[at + (x - i) * 64 + (y - j) * 8 + z - k];
                }
            }
        }
    }
};

// The 4 x 4 x 4 samples around a cell: its own corners are 1 and 2 along each axis.
template <class Field>
void neighbourhood(const Field& field, const int64_t cell[3], float out[4][4][4]) {
    bool within = true;
    for (int a = 0; a < 3; ++a) within = within && cell[a] >= 2 && cell[a] + 2 <= field.size[a];
    if (within) {
        int64_t first[3] = {cell[0] - 2, cell[1] - 2, cell[2] - 2};
        field.copy(first, out);
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
