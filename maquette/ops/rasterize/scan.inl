// The inner loop of visibility, compiled for several instruction sets (isa.h). Buffers hold 8 columns more than
// the image, so that blocks of 8 pixels need no remainder. Whether a pixel is inside is decided in double precision,
// which of two triangles is nearer in single precision, in which a division takes a quarter of the time.

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

// What of the edge functions, 1 / w and depth is the same all along a column.
struct Columns {
    Doubles e0, e1, e2, inverse, depth;
};

// Eight columns from x0 on, of which those beyond x1 are outside the triangle.
inline void set_columns(const Triangle& t, int64_t x0, int64_t x1, Columns& out) {
    const double outside = -std::numeric_limits<double>::infinity();
#if defined(__GNUC__)
    const Doubles x = Doubles{0, 1, 2, 3, 4, 5, 6, 7} + (double(x0) + 0.5);
    const Doubles e0 = t.edge[0].a + t.edge[0].b * x;
    out.e0 = x < double(x1) + 1 ? e0 : Doubles{} + outside;
    out.e1 = t.edge[1].a + t.edge[1].b * x;
    out.e2 = t.edge[2].a + t.edge[2].b * x;
    out.inverse = t.inverse.a + t.inverse.b * x;
    out.depth = t.depth.a + t.depth.b * x;
#else
    for (int l = 0; l < 8; ++l) {
        const double x = double(x0 + l) + 0.5;
        out.e0[l] = x0 + l <= x1 ? t.edge[0].a + t.edge[0].b * x : outside;
        out.e1[l] = t.edge[1].a + t.edge[1].b * x;
        out.e2[l] = t.edge[2].a + t.edge[2].b * x;
        out.inverse[l] = t.inverse.a + t.inverse.b * x;
        out.depth[l] = t.depth.a + t.depth.b * x;
    }
#endif
}

// Eight pixels of one row.
inline void draw_block(const Triangle& t, const Columns& columns, double y, double flat_scale, float* depths,
                       int32_t* ids, int32_t id) {
    const double r0 = t.edge[0].c * y, r1 = t.edge[1].c * y, r2 = t.edge[2].c * y;
    const double r3 = t.inverse.c * y, r4 = t.depth.c * y;
#if defined(__GNUC__)
    const Longs inside = (columns.e0 + r0 >= 0) & (columns.e1 + r1 >= 0) & (columns.e2 + r2 >= 0);
    const Doubles inverse = columns.inverse + r3, depth = columns.depth + r4;
    const Floats z = t.flat     ? __builtin_convertvector(depth * flat_scale, Floats)
                     : t.single ? __builtin_convertvector(depth, Floats) / __builtin_convertvector(inverse, Floats)
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
        const float z = t.flat     ? float(depth * flat_scale)
                        : t.single ? float(depth) / float(inverse)
                                   : float(depth / inverse);
        if (z < depths[l]) depths[l] = z, ids[l] = id;
    }
#endif
}

// Writes the id and the depths of one triangle where it is the nearest so far; rows first_row to last_row.
void scan(const Triangle& t, int32_t id, int64_t first_row, int64_t last_row, int64_t stride, int32_t* ids,
          float* depths) {
    const double flat_scale = t.flat ? 1 / t.inverse.a : 0;
    const int64_t top = std::max(t.y0, first_row), bottom = std::min(t.y1, last_row);
    const bool narrow_triangle = t.x1 - t.x0 < 8;
    Columns columns{};
    if (narrow_triangle) set_columns(t, t.x0, t.x1, columns);
    for (int64_t y = top; y <= bottom; ++y) {
        const double row = double(y) + 0.5;
        const int64_t i = (y - first_row) * stride;
        if (narrow_triangle) {
            draw_block(t, columns, row, flat_scale, depths + i + t.x0, ids + i + t.x0, id);
            continue;
        }
        int64_t x0 = t.x0, x1 = t.x1;
        for (int k = 0; k < 3; ++k) narrow(t.edge[k], row, x0, x1);
        for (int64_t x = x0; x <= x1; x += 8) {
            set_columns(t, x, x1, columns);
            draw_block(t, columns, row, flat_scale, depths + i + x, ids + i + x, id);
        }
    }
}
