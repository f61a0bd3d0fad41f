// Visibility of one band of rows and the weights of what is visible, compiled for several instruction sets (isa.h).
// Triangles are set up eight at a time; pixels are tested and resolved eight at a time. Whether a pixel is inside is
// decided in double precision, which of two triangles is nearer in single precision, in which a division takes a
// quarter of the time. Buffers hold 8 columns more than the image, so that blocks of 8 pixels need no remainder.

#if defined(__GNUC__)  // g++ and clang++: vectors of eight, whatever the processor's own width
typedef double Doubles __attribute__((vector_size(64)));
typedef int64_t Longs __attribute__((vector_size(64)));
typedef float Floats __attribute__((vector_size(32)));
typedef int32_t Ints __attribute__((vector_size(32)));
#else
struct Doubles {
    double lane[8];
    double& operator[](int l) { return lane[l]; }
};
#endif

// A function a + b x + c y of the pixel's centre, for eight triangles.
struct Linears {
    double a[8], b[8], c[8];
    Linear lane(int l) const { return {a[l], b[l], c[l]}; }
};

// Eight triangles.
struct Batch {
    Linears edge[3];  // corner k's barycentric weight divided by w, times a positive constant when inside
    Linears inverse;  // their sum: 1 / w times that constant
    Linears depth;    // camera depth divided by w, times that constant
    double usable[8];     // whether there is an area and a pixel's centre in the bounds
    double flat[8];       // w is the same everywhere: `inverse` is a constant and needs no division
    double single[8];     // `inverse` and `depth` are of a size that single precision holds
    int32_t x0[8], x1[8], y0[8], y1[8];  // inclusive pixel bounds
};

// Coefficients whose sum of magnitudes, over any image, single precision holds.
inline double held(double a, double b, double c) {
    const double size = std::abs(a) + (std::abs(b) + std::abs(c)) * 32768;
    return (size > 1e-20 ? 1.0 : 0.0) * (size < 1e30 ? 1.0 : 0.0);
}
inline double least(double a, double b) { return a < b ? a : b; }
inline double most(double a, double b) { return a > b ? a : b; }

// Bounds along one axis: the first and the last pixel whose centre lies between the corners, clipped to the image;
// the whole image for a triangle that reaches behind the camera, whose corners there are not numbers.
inline void set_bounds(const double corner[3][8], int64_t size, int32_t* first, int32_t* last) {
    const double end = double(size);
    for (int l = 0; l < 8; ++l) {
        const double p = corner[0][l], q = corner[1][l], r = corner[2][l];
        const bool ahead = p + q + r == p + q + r;
        const double low = ahead ? most(least(least(least(p, q), r) - 0.5, end), 0) : 0;
        const double high = ahead ? most(least(most(most(p, q), r) - 0.5, end - 1), -1) : end - 1;
        const int32_t i = int32_t(low), j = int32_t(high);
        first[l] = i + (double(i) < low);
        last[l] = j - (double(j) > high);
    }
}

// The triangles from `first` on; of those from `count` on nothing is drawn.
inline void set_up(const double* positions, const Pixel* pixels, const int32_t* faces, int64_t first, int64_t count,
                   int64_t height, int64_t width, Batch& t) {
    double x[3][8], y[3][8], z[3][8], w[3][8], column[3][8], row[3][8];
    for (int l = 0; l < 8; ++l) {
        const int32_t* face = faces + 3 * std::min(first + l, count - 1);
        for (int k = 0; k < 3; ++k) {
            const double* p = positions + 4 * int64_t(face[k]);
            x[k][l] = p[0], y[k][l] = p[1], z[k][l] = p[2], w[k][l] = p[3];
            column[k][l] = pixels[face[k]].x, row[k][l] = pixels[face[k]].y;
        }
    }
    set_bounds(column, width, t.x0, t.x1);
    set_bounds(row, height, t.y0, t.y1);
    for (int k = 0; k < 3; ++k) {
        const int i = (k + 1) % 3, j = (k + 2) % 3;
        for (int l = 0; l < 8; ++l) {
            t.edge[k].a[l] = x[i][l] * y[j][l] - x[j][l] * y[i][l];
            t.edge[k].b[l] = y[i][l] * w[j][l] - y[j][l] * w[i][l];
            t.edge[k].c[l] = w[i][l] * x[j][l] - w[j][l] * x[i][l];
        }
    }
    for (int l = 0; l < 8; ++l) {
        const double determinant = w[0][l] * t.edge[0].a[l] + x[0][l] * t.edge[0].b[l] + y[0][l] * t.edge[0].c[l];
        const double sign = determinant < 0 ? -1.0 : 1.0, size = std::abs(determinant);
        for (int k = 0; k < 3; ++k) {
            t.edge[k].a[l] *= sign;
            t.edge[k].b[l] *= sign;
            t.edge[k].c[l] *= sign;
        }
        t.usable[l] = (size > 1e-12 ? 1.0 : 0.0) * (size < std::numeric_limits<double>::max() ? 1.0 : 0.0);
        t.flat[l] = (w[0][l] == w[1][l] ? 1.0 : 0.0) * (w[1][l] == w[2][l] ? 1.0 : 0.0);
    }
    const auto sum = [&](const double* f0, const double* f1, const double* f2, Linears& out) {
        for (int l = 0; l < 8; ++l) {
            out.a[l] = f0[l] * t.edge[0].a[l] + f1[l] * t.edge[1].a[l] + f2[l] * t.edge[2].a[l];
            out.b[l] = f0[l] * t.edge[0].b[l] + f1[l] * t.edge[1].b[l] + f2[l] * t.edge[2].b[l];
            out.c[l] = f0[l] * t.edge[0].c[l] + f1[l] * t.edge[1].c[l] + f2[l] * t.edge[2].c[l];
        }
    };
    const double ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    sum(ones, ones, ones, t.inverse);
    sum(z[0], z[1], z[2], t.depth);
    for (int l = 0; l < 8; ++l)
        t.single[l] = held(t.inverse.a[l], t.inverse.b[l], t.inverse.c[l]) *
                      held(t.depth.a[l], t.depth.b[l], t.depth.c[l]);
    for (int l = 0; l < 8; ++l) {
        // Not a number in all three corners: wholly behind the camera.
        const bool behind = column[0][l] != column[0][l] && column[1][l] != column[1][l] && column[2][l] != column[2][l];
        if (behind || first + l >= count) t.usable[l] = 0;
    }
}

// Narrows [x0, x1] to where the edge function may be non-negative on a row; a pixel of slack on either side leaves
// the exact decision to the test itself.
inline void narrow(const Linear& e, double y, int64_t& x0, int64_t& x1) {
    double start = e.a + e.c * y;
    if (std::abs(e.b) < 1e-12) return;
    double crossing = -start / e.b - 0.5;
    if (e.b > 0) {
        if (crossing > double(x0))
            x0 = crossing > double(x1) + 2 ? x1 + 1 : std::max(x0, int64_t(crossing) - 1);
    } else {
        if (crossing < double(x1))
            x1 = crossing < double(x0) - 2 ? x0 - 1 : std::min(x1, int64_t(crossing) + 1);
    }
}

// What of the edge functions, 1 / w and depth is the same all along a column.
struct Columns {
    Doubles e0, e1, e2, inverse, depth;
};

// One of a batch.
struct Triangle {
    const Batch& of;
    int lane;
    double flat_scale;  // 1 / `inverse` where that is a constant
    const Linears& function(int f) const { return f < 3 ? of.edge[f] : f == 3 ? of.inverse : of.depth; }
};

// Eight columns from x0 on, of which those beyond x1 are outside the triangle.
inline void set_columns(const Triangle& t, int64_t x0, int64_t x1, Columns& out) {
    const double outside = -std::numeric_limits<double>::infinity();
    const int lane = t.lane;
#if defined(__GNUC__)
    const Doubles x = Doubles{0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5} + double(x0);
    const Doubles e0 = t.of.edge[0].a[lane] + t.of.edge[0].b[lane] * x;
    out.e0 = x < double(x1) + 1 ? e0 : Doubles{} + outside;
    out.e1 = t.of.edge[1].a[lane] + t.of.edge[1].b[lane] * x;
    out.e2 = t.of.edge[2].a[lane] + t.of.edge[2].b[lane] * x;
    out.inverse = t.of.inverse.a[lane] + t.of.inverse.b[lane] * x;
    out.depth = t.of.depth.a[lane] + t.of.depth.b[lane] * x;
#else
    for (int l = 0; l < 8; ++l) {
        const double x = double(x0 + l) + 0.5;
        out.e0[l] = x0 + l <= x1 ? t.of.edge[0].a[lane] + t.of.edge[0].b[lane] * x : outside;
        out.e1[l] = t.of.edge[1].a[lane] + t.of.edge[1].b[lane] * x;
        out.e2[l] = t.of.edge[2].a[lane] + t.of.edge[2].b[lane] * x;
        out.inverse[l] = t.of.inverse.a[lane] + t.of.inverse.b[lane] * x;
        out.depth[l] = t.of.depth.a[lane] + t.of.depth.b[lane] * x;
    }
#endif
}

// How a triangle's depth is worked out: kFlat without a division, kSingle with one in single precision.
enum Division { kFlat, kSingle, kDouble };

// Eight pixels of one row; `terms` is what of the edge functions, 1 / w and depth is the same all along the row.
template <Division kDivision>
inline void draw_block(const Columns& columns, const double terms[5][8], int row, double flat_scale, float* depths,
                       int32_t* ids, int32_t id) {
    const double r0 = terms[0][row], r1 = terms[1][row], r2 = terms[2][row], r3 = terms[3][row], r4 = terms[4][row];
#if defined(MAQUETTE_AVX512)  // masks that the compiler would carry through vectors
    const __m512d zero = _mm512_setzero_pd();
    const __m512d inverse = _mm512_add_pd(__m512d(columns.inverse), _mm512_set1_pd(r3));
    const __m512d depth = _mm512_add_pd(__m512d(columns.depth), _mm512_set1_pd(r4));
    const __m512d e0 = _mm512_add_pd(__m512d(columns.e0), _mm512_set1_pd(r0));
    const __m512d e1 = _mm512_add_pd(__m512d(columns.e1), _mm512_set1_pd(r1));
    const __m512d e2 = _mm512_add_pd(__m512d(columns.e2), _mm512_set1_pd(r2));
    __mmask8 nearer = _mm512_cmp_pd_mask(e0, zero, _CMP_GE_OQ);
    nearer = _mm512_mask_cmp_pd_mask(nearer, e1, zero, _CMP_GE_OQ);
    nearer = _mm512_mask_cmp_pd_mask(nearer, e2, zero, _CMP_GE_OQ);
    nearer = _mm512_mask_cmp_pd_mask(nearer, inverse, zero, _CMP_GT_OQ);
    const __m256 z = kDivision == kFlat ? _mm512_cvtpd_ps(_mm512_mul_pd(depth, _mm512_set1_pd(flat_scale)))
                     : kDivision == kSingle ? _mm256_div_ps(_mm512_cvtpd_ps(depth), _mm512_cvtpd_ps(inverse))
                                            : _mm512_cvtpd_ps(_mm512_div_pd(depth, inverse));
    const __m256 old = _mm256_loadu_ps(depths);
    nearer = _mm256_mask_cmp_ps_mask(nearer, z, old, _CMP_LT_OQ);
    const __m256i winner = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ids));
    _mm256_storeu_ps(depths, _mm256_mask_blend_ps(nearer, old, z));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(ids),
                        _mm256_mask_blend_epi32(nearer, winner, _mm256_set1_epi32(id)));
#elif defined(__GNUC__)
    const Longs inside = (columns.e0 + r0 >= 0) & (columns.e1 + r1 >= 0) & (columns.e2 + r2 >= 0);
    const Doubles inverse = columns.inverse + r3, depth = columns.depth + r4;
    const Floats z = kDivision == kFlat ? __builtin_convertvector(depth * flat_scale, Floats)
                     : kDivision == kSingle
                         ? __builtin_convertvector(depth, Floats) / __builtin_convertvector(inverse, Floats)
                         : __builtin_convertvector(depth / inverse, Floats);
    Floats old;
    Ints winner;
    std::memcpy(&old, depths, sizeof old);
    std::memcpy(&winner, ids, sizeof winner);
    const Ints nearer = __builtin_convertvector(inside & (inverse > 0), Ints) & (z < old);
    old = nearer ? z : old;
    winner = nearer ? Ints{} + id : winner;
    std::memcpy(depths, &old, sizeof old);
    std::memcpy(ids, &winner, sizeof winner);
#else
    for (int l = 0; l < 8; ++l) {
        const double inverse = columns.inverse.lane[l] + r3;
        const bool inside = columns.e0.lane[l] + r0 >= 0 && columns.e1.lane[l] + r1 >= 0 &&
                            columns.e2.lane[l] + r2 >= 0 && inverse > 0;
        if (!inside) continue;
        const double depth = columns.depth.lane[l] + r4;
        const float z = kDivision == kFlat     ? float(depth * flat_scale)
                        : kDivision == kSingle ? float(depth) / float(inverse)
                                               : float(depth / inverse);
        if (z < depths[l]) depths[l] = z, ids[l] = id;
    }
#endif
}

// Writes the id and the depths of one triangle where it is the nearest so far, in rows top to bottom; ids and depths
// begin with row `top`.
template <Division kDivision>
inline void scan(const Triangle& t, int32_t id, int64_t x0, int64_t x1, int64_t top, int64_t bottom, int64_t stride,
                 int32_t* ids, float* depths) {
    constexpr int64_t kBlocks = 3;  // of columns, up to which whole bounds are tested: narrowing them costs as much
    const int64_t blocks = (x1 - x0) / 8 + 1;
    Columns columns[kBlocks];
    if (blocks <= kBlocks)
        for (int64_t b = 0; b < blocks; ++b) set_columns(t, x0 + 8 * b, x1, columns[b]);
    for (int64_t first = top; first <= bottom; first += 8, ids += 8 * stride, depths += 8 * stride) {
        alignas(64) double terms[5][8];
        for (int f = 0; f < 5; ++f) {
            const double slope = t.function(f).c[t.lane];
            for (int l = 0; l < 8; ++l) terms[f][l] = slope * (double(first) + (l + 0.5));
        }
        const int rows = int(std::min<int64_t>(8, bottom - first + 1));
        if (blocks <= kBlocks) {
            for (int64_t b = 0; b < blocks; ++b)
                for (int row = 0; row < rows; ++row) {
                    const int64_t i = row * stride + x0 + 8 * b;
                    draw_block<kDivision>(columns[b], terms, row, t.flat_scale, depths + i, ids + i, id);
                }
            continue;
        }
        for (int row = 0; row < rows; ++row) {
            int64_t left = x0, right = x1;
            for (int k = 0; k < 3; ++k) narrow(t.of.edge[k].lane(t.lane), double(first + row) + 0.5, left, right);
            for (int64_t x = left; x <= right; x += 8) {
                const int64_t i = row * stride + x;
                set_columns(t, x, right, columns[0]);
                draw_block<kDivision>(columns[0], terms, row, t.flat_scale, depths + i, ids + i, id);
            }
        }
    }
}

// Draws all faces into rows first_row to last_row: for each pixel the nearest one's place in `drawn`, and its depth.
// `drawn` has room for all faces. Returns how many were drawn.
int64_t draw(const double* positions, const Pixel* pixels, const int32_t* faces, int64_t face_count,
             int64_t first_row, int64_t last_row, int64_t height, int64_t width, int64_t stride, int32_t* ids,
             float* depths, Drawn* drawn) {
    int64_t count = 0;
    Batch batch;
    for (int64_t first = 0; first < face_count; first += 8) {
        set_up(positions, pixels, faces, first, face_count, height, width, batch);
        for (int l = 0; l < 8; ++l) {
            const int64_t top = std::max<int64_t>(batch.y0[l], first_row);
            const int64_t bottom = std::min<int64_t>(batch.y1[l], last_row), x0 = batch.x0[l], x1 = batch.x1[l];
            if (batch.usable[l] == 0 || top > bottom || x0 > x1) continue;
            Triangle t{batch, l, 0};
            drawn[count] = {batch.edge[1].lane(l), batch.edge[2].lane(l), batch.inverse.lane(l), batch.depth.lane(l),
                            int32_t(first + l)};
            const int32_t id = int32_t(count++);
            int32_t* const own_ids = ids + (top - first_row) * stride;
            float* const own_depths = depths + (top - first_row) * stride;
            if (batch.flat[l] != 0) {
                t.flat_scale = 1 / batch.inverse.a[l];
                scan<kFlat>(t, id, x0, x1, top, bottom, stride, own_ids, own_depths);
            } else if (batch.single[l] != 0) {
                scan<kSingle>(t, id, x0, x1, top, bottom, stride, own_ids, own_depths);
            } else {
                scan<kDouble>(t, id, x0, x1, top, bottom, stride, own_ids, own_depths);
            }
        }
    }
    return count;
}

// One row of ids to faces, weights of corners 1 and 2, and depths. The outputs hold 8 pixels more than the row.
void resolve(const int32_t* ids, const Drawn* drawn, int64_t y, int64_t width, int32_t* faces, float* barycentrics,
             float* depths) {
    const double row = double(y) + 0.5;
    for (int64_t x = 0; x < width;) {
        const int32_t id = ids[x];
        int64_t run = maquette::run_length(ids + x, width - x);
        if (id < 0) {
            for (int l = 0; l < 8; ++l) faces[x + l] = -1, depths[x + l] = 0;
            for (int l = 0; l < 16; ++l) barycentrics[2 * x + l] = 0;
            x += run;
            continue;
        }
        const Drawn& t = drawn[id];
        for (int l = 0; l < 8; ++l) faces[x + l] = t.face;
#if defined(__GNUC__)
        const Doubles column = Doubles{0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5} + double(x), zero{}, one = zero + 1;
        const auto at = [&](const Linear& f) { return (f.a + f.b * column) + f.c * row; };
        const Doubles scale = 1 / at(t.inverse), z = at(t.depth) * scale;
        Doubles b1 = at(t.edge1) * scale, b2 = at(t.edge2) * scale;
        b1 = b1 > zero ? b1 : zero, b2 = b2 > zero ? b2 : zero;  // slivers round to weights beyond 0 or 1
        b1 = b1 < one ? b1 : one, b2 = b2 < one ? b2 : one;
        const Floats single = __builtin_convertvector(z, Floats);
        std::memcpy(depths + x, &single, sizeof single);
        const Floats f1 = __builtin_convertvector(b1, Floats), f2 = __builtin_convertvector(b2, Floats);
        const Floats low = MAQUETTE_SHUFFLE(f1, f2, 0, 8, 1, 9, 2, 10, 3, 11);
        const Floats high = MAQUETTE_SHUFFLE(f1, f2, 4, 12, 5, 13, 6, 14, 7, 15);
        std::memcpy(barycentrics + 2 * x, &low, sizeof low);
        std::memcpy(barycentrics + 2 * x + 8, &high, sizeof high);
#else
        for (int l = 0; l < 8; ++l) {
            const double column = double(x) + (l + 0.5);
            const auto at = [&](const Linear& f) { return (f.a + f.b * column) + f.c * row; };
            const double scale = 1 / at(t.inverse), b1 = at(t.edge1) * scale, b2 = at(t.edge2) * scale;
            barycentrics[2 * (x + l)] = b1 > 0 ? float(least(b1, 1)) : 0;
            barycentrics[2 * (x + l) + 1] = b2 > 0 ? float(least(b2, 1)) : 0;
            depths[x + l] = float(at(t.depth) * scale);
        }
#endif
        x += run;
    }
}
