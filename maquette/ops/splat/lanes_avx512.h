// Vectors of sixteen floats: AVX-512F.
constexpr int kLanes = 16;
struct F { __m512 v; };
struct M { __mmask16 v; };

MAQUETTE_INLINE F set(float x) { return {_mm512_set1_ps(x)}; }
MAQUETTE_INLINE F load(const float* p) { return {_mm512_loadu_ps(p)}; }
MAQUETTE_INLINE void store(float* p, F a) { _mm512_storeu_ps(p, a.v); }
// Lanes from `count` on repeat the last one.
MAQUETTE_INLINE F gather(const float* p, int stride, int count) {
    __m512i lane = _mm512_min_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                    _mm512_set1_epi32(count - 1));
    return {_mm512_i32gather_ps(_mm512_mullo_epi32(lane, _mm512_set1_epi32(stride)), p, 4)};
}
MAQUETTE_INLINE F operator+(F a, F b) { return {_mm512_add_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator-(F a, F b) { return {_mm512_sub_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator*(F a, F b) { return {_mm512_mul_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator/(F a, F b) { return {_mm512_div_ps(a.v, b.v)}; }
MAQUETTE_INLINE F fma(F a, F b, F c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
MAQUETTE_INLINE F fnma(F a, F b, F c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
MAQUETTE_INLINE F min(F a, F b) { return {_mm512_min_ps(a.v, b.v)}; }
MAQUETTE_INLINE F max(F a, F b) { return {_mm512_max_ps(a.v, b.v)}; }
MAQUETTE_INLINE F sqrt(F a) { return {_mm512_sqrt_ps(a.v)}; }
MAQUETTE_INLINE F abs(F a) { return {_mm512_abs_ps(a.v)}; }
MAQUETTE_INLINE M operator<(F a, F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
MAQUETTE_INLINE M operator<=(F a, F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
MAQUETTE_INLINE M operator&(M a, M b) { return {__mmask16(a.v & b.v)}; }
MAQUETTE_INLINE M operator|(M a, M b) { return {__mmask16(a.v | b.v)}; }
MAQUETTE_INLINE M both_not(M a, M b) { return {__mmask16(a.v & ~b.v)}; }  // a and not b
MAQUETTE_INLINE bool any(M m) { return m.v != 0; }
MAQUETTE_INLINE F select(M m, F a, F b) { return {_mm512_mask_blend_ps(m.v, b.v, a.v)}; }
MAQUETTE_INLINE F only(M m, F a) { return {_mm512_maskz_mov_ps(m.v, a.v)}; }
MAQUETTE_INLINE float sum(F a) { return _mm512_reduce_add_ps(a.v); }
// 1 / a to about one unit in the last place, for a in [1e-3, 1].
MAQUETTE_INLINE F reciprocal(F a) {
    const __m512 r = _mm512_rcp14_ps(a.v);
    return {_mm512_fmadd_ps(r, _mm512_fnmadd_ps(a.v, r, _mm512_set1_ps(1.0f)), r)};
}
// The sums of eight vectors.
MAQUETTE_INLINE void sum_eight(const F* from, float* to) {
    __m256 h[8];
    for (int k = 0; k < 8; ++k) {
        __m256d upper = _mm512_extractf64x4_pd(_mm512_castps_pd(from[k].v), 1);
        h[k] = _mm256_add_ps(_mm512_castps512_ps256(from[k].v), _mm256_castpd_ps(upper));
    }
    __m256 a = _mm256_hadd_ps(h[0], h[1]), b = _mm256_hadd_ps(h[2], h[3]);
    __m256 c = _mm256_hadd_ps(h[4], h[5]), d = _mm256_hadd_ps(h[6], h[7]);
    a = _mm256_hadd_ps(a, b), c = _mm256_hadd_ps(c, d);
    b = _mm256_permute2f128_ps(a, c, 0x20), d = _mm256_permute2f128_ps(a, c, 0x31);
    _mm256_storeu_ps(to, _mm256_add_ps(b, d));
}
// p * 2^n for a whole n in [-126, 127].
MAQUETTE_INLINE F scaled(F p, F n) { return {_mm512_scalef_ps(p.v, n.v)}; }
MAQUETTE_INLINE F rounded(F a) {
    return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
