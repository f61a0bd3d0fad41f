// Runs of pixels along a row that show the same face.
#pragma once
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace maquette {

// How many of the next pixels show what the first of them does: 1 to 8, and at most `left`, above 0.
inline int64_t run_length(const int32_t* ids, int64_t left) {
#if defined(__SSE2__) && defined(__GNUC__)
    if (left >= 8) {
        const __m128i own = _mm_set1_epi32(ids[0]);
        const __m128i low = _mm_cmpeq_epi32(own, _mm_loadu_si128(reinterpret_cast<const __m128i*>(ids)));
        const __m128i high = _mm_cmpeq_epi32(own, _mm_loadu_si128(reinterpret_cast<const __m128i*>(ids + 4)));
        const int same = _mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
        return __builtin_ctz(~unsigned(same));
    }
#endif
    int64_t run = 1;
    while (run < 8 && run < left && ids[run] == ids[0]) ++run;
    return run;
}

}  // namespace maquette
