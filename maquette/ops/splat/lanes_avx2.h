// Vectors of eight floats: AVX2 with FMA.
constexpr int kLanes = 8;
struct F { __m256 v; };
struct M { __m256 v; };

MAQUETTE_INLINE F set(float x) { return {_mm256_set1_ps(x)}; }
MAQUETTE_INLINE F load(const float* p) { return {_mm256_loadu_ps(p)}; }
MAQUETTE_INLINE void store(float* p, F a) { _mm256_storeu_ps(p, a.v); }
// Lanes from `count` on repeat the last one.
MAQUETTE_INLINE F gather(const float* p, int stride, int count) {
    __m256i lane = _mm256_min_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(count - 1));
    return {_mm256_i32gather_ps(p, _mm256_mullo_epi32(lane, _mm256_set1_epi32(stride)), 4)};
}
MAQUETTE_INLINE F operator+(F a, F b) { return {_mm256_add_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator-(F a, F b) { return {_mm256_sub_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator*(F a, F b) { return {_mm256_mul_ps(a.v, b.v)}; }
MAQUETTE_INLINE F operator/(F a, F b) { return {_mm256_div_ps(a.v, b.v)}; }
MAQUETTE_INLINE F fma(F a, F b, F c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
MAQUETTE_INLINE F fnma(F a, F b, F c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
MAQUETTE_INLINE F min(F a, F b) { return {_mm256_min_ps(a.v, b.v)}; }
MAQUETTE_INLINE F max(F a, F b) { return {_mm256_max_ps(a.v, b.v)}; }
MAQUETTE_INLINE F sqrt(F a) { return {_mm256_sqrt_ps(a.v)}; }
MAQUETTE_INLINE F abs(F a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
MAQUETTE_INLINE M operator<(F a, F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
MAQUETTE_INLINE M operator<=(F a, F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
MAQUETTE_INLINE M operator&(M a, M b) { return {_mm256_and_ps(a.v, b.v)}; }
MAQUETTE_INLINE M operator|(M a, M b) { return {_mm256_or_ps(a.v, b.v)}; }
MAQUETTE_INLINE M both_not(M a, M b) { return {_mm256_andnot_ps(b.v, a.v)}; }  // a and not b
MAQUETTE_INLINE bool any(M m) { return _mm256_movemask_ps(m.v) != 0; }
MAQUETTE_INLINE F select(M m, F a, F b) { return {_mm256_blendv_ps(b.v, a.v, m.v)}; }
MAQUETTE_INLINE F only(M m, F a) { return {_mm256_and_ps(m.v, a.v)}; }
MAQUETTE_INLINE float sum(F a) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
MAQUETTE_INLINE F reciprocal(F a) { return {_mm256_div_ps(_mm256_set1_ps(1.0f), a.v)}; }
// The sums of eight vectors.
MAQUETTE_INLINE void sum_eight(const F* from, float* to) {
    __m256 a = _mm256_hadd_ps(from[0].v, from[1].v), b = _mm256_hadd_ps(from[2].v, from[3].v);
    __m256 c = _mm256_hadd_ps(from[4].v, from[5].v), d = _mm256_hadd_ps(from[6].v, from[7].v);
    a = _mm256_hadd_ps(a, b), c = _mm256_hadd_ps(c, d);
    b = _mm256_permute2f128_ps(a, c, 0x20), d = _mm256_permute2f128_ps(a, c, 0x31);
    _mm256_storeu_ps(to, _mm256_add_ps(b, d));
}
// p * 2^n for a whole n in [-126, 127].
MAQUETTE_INLINE F scaled(F p, F n) {
    __m256i bits = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127)), 23);
    return {_mm256_mul_ps(p.v, _mm256_castsi256_ps(bits))};
}
MAQUETTE_INLINE F rounded(F a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
