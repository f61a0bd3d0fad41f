// Manifold dual contouring: one vertex for each loop that the surface cuts into a cell's boundary (the dual of
// marching cubes, Nielson 2004), placed by a regularised quadratic error function (Ju et al. 2002).
//
// A mesh edge is dual to a segment on a cell face. A face with four crossings carries two segments; where both lie on
// one loop in both of its cells, two mesh edges would coincide. Reconnecting the four crossings the other way splits
// an oriented loop that holds both segments into two, in either cell, and never joins loops: so one pass over the
// faces makes every mesh edge unique, and the result is edge- and vertex-manifold whatever the field.
//
// Signs are kept one bit a sample. The cells that the surface cuts are found word by word, and numbered by counting
// the bits before theirs, so that nothing but bits is ever stored for the rest.
#include <array>
#include <cmath>
#include <limits>

#include "contour/field.h"
#include "contour/loops.h"
#include "kernel.h"

namespace {

using maquette::edge_between;
using maquette::face_corner;
using maquette::kEdgeStart;
using maquette::Loops;

struct Cell {
    int32_t x, y, z;
    int32_t first_vertex, first_quad;
    uint8_t signs, join;
};

// Where the surface crosses the grid's edge that a quad is dual to, and how it lies there.
struct Crossing {
    float share, normal[3];
};

// A surface whose cells are known, to be written where its size has been made room for.
struct Surface {
    int64_t vertices = 0, faces = 0;
    virtual ~Surface() = default;
    virtual void write(float* vertices, int32_t* faces) = 0;  // [vertices, 3], [faces, 3]
};

using Vec = std::array<float, 3>;

inline int count_bits(uint64_t x) {  // Warren, "Hacker's Delight", figure 5-2: inline, and for every processor
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return int(x * 0x0101010101010101 >> 56);
}

enum Status : int64_t { kDone, kNotFinite, kTooLarge };

template <class Field>
class Contour final : public Surface {
   public:
    // gradients: [x, y, z, 3] or null.
    Contour(const Field& field, const float* gradients, float regularization)
        : field_(field), gradients_(gradients), regularization_(regularization), table_(maquette::loops_table()) {
        for (int a = 0; a < 3; ++a) size_[a] = field.size[a] + 2;
        words_ = (size_[2] + 63) / 64;
    }

    Status find() {
        // Cells are counted in 32 bits within a slab.
        if (size_[1] * size_[2] > std::numeric_limits<int32_t>::max()) return kTooLarge;
        if (!find_signs()) return kNotFinite;
        find_cells();
        separate_faces();
        int64_t quads = 0;
        for (Cell& cell : cells_) {
            cell.first_vertex = int32_t(vertices), cell.first_quad = int32_t(quads);
            vertices += loops(cell).count;
            int s = cell.signs, first = s & 1;
            quads += (first != (s >> 1 & 1)) + (first != (s >> 2 & 1)) + (first != (s >> 4 & 1));
        }
        if (std::max(vertices, 2 * quads) > std::numeric_limits<int32_t>::max()) return kTooLarge;
        faces = 2 * quads;
        crossings_.resize(size_t(quads));
        return kDone;
    }

    void write(float* points, int32_t* triangles) override {
        each_cell([&](const Cell& cell) { place(cell, points); });
        each_cell([&](const Cell& cell) { connect(cell, points, triangles); });
    }

   private:
    const Loops& loops(const Cell& cell) const { return table_[cell.signs * 64 + cell.join]; }

    template <class Body>
    void each_cell(Body body) {
        constexpr int64_t kPiece = 4096;
        int64_t count = int64_t(cells_.size());
        maquette::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
            for (int64_t i = piece * kPiece; i < std::min(count, (piece + 1) * kPiece); ++i) body(cells_[i]);
        });
    }

    const uint64_t* row(int64_t x, int64_t y) const { return signs_.data() + (x * size_[1] + y) * words_; }

    bool find_signs() {
        signs_.assign(size_t(size_[0] * size_[1] * words_), 0);
        std::atomic<bool> finite{true};
        maquette::parallel_for(size_[0] - 2, [&](int64_t x) {
            for (int64_t y = 0; y < size_[1] - 2; ++y) {
                uint64_t* bits = signs_.data() + ((x + 1) * size_[1] + y + 1) * words_;
                if (!field_.signs(x, y, bits)) finite = false;
                for (int64_t w = words_ - 1; w >= 0; --w) bits[w] = bits[w] << 1 | (w ? bits[w - 1] >> 63 : 0);
            }
        });
        return finite;
    }

    void find_cells() {
        int64_t rows = size_[1] - 1;
        cut_.resize(size_t((size_[0] - 1) * rows * words_)), before_.resize(cut_.size());
        slab_.assign(size_t(size_[0]), 0);
        maquette::parallel_for(size_[0] - 1, [&](int64_t x) {
            int32_t count = 0;
            for (int64_t y = 0; y < rows; ++y) {
                const uint64_t *a = row(x, y), *b = row(x + 1, y), *c = row(x, y + 1), *d = row(x + 1, y + 1);
                uint64_t any = a[0] | b[0] | c[0] | d[0], all = a[0] & b[0] & c[0] & d[0];
                for (int64_t w = 0; w < words_; ++w) {
                    uint64_t next_any = 0, next_all = 0;
                    if (w + 1 < words_) {
                        next_any = a[w + 1] | b[w + 1] | c[w + 1] | d[w + 1];
                        next_all = a[w + 1] & b[w + 1] & c[w + 1] & d[w + 1];
                    }
                    uint64_t cut = (any | any >> 1 | next_any << 63) & ~(all & (all >> 1 | next_all << 63));
                    int64_t at = (x * rows + y) * words_ + w;
                    cut_[at] = cut, before_[at] = count;
                    count += count_bits(cut);
                    any = next_any, all = next_all;
                }
            }
            slab_[x + 1] = count;
        });
        for (int64_t x = 1; x < size_[0]; ++x) slab_[x] += slab_[x - 1];
        cells_.resize(size_t(slab_.back()));
        uint8_t doubtful[256] = {};
        for (int s = 0; s < 256; ++s)
            for (int face = 0; face < 6; ++face) doubtful[s] |= maquette::ambiguous(s, face) << face;
        doubtful_.resize(size_t(size_[0]) - 1);
        maquette::parallel_for(size_[0] - 1, [&](int64_t x) {
            int64_t number = slab_[x];
            for (int64_t y = 0; y < rows; ++y)
                for (int64_t w = 0; w < words_; ++w)
                    for (uint64_t left = cut_[(x * rows + y) * words_ + w]; left; left &= left - 1) {
                        int64_t z = 64 * w + count_bits((left - 1) & ~left);
                        Cell cell{int32_t(x), int32_t(y), int32_t(z), 0, 0, uint8_t(signs_of(x, y, z)), 0};
                        if (int faces = doubtful[cell.signs]) {
                            float v[4][4][4];
                            int64_t at[3] = {x, y, z};
                            maquette::neighbourhood(field_, at, v);
                            for (int face = 0; face < 6; ++face)
                                if ((faces >> face & 1) && joined(v, face)) cell.join |= uint8_t(1 << face);
                            doubtful_[x].push_back(number);
                        }
                        cells_[number++] = cell;
                    }
        });
    }

    // A bit for each corner of a cell.
    int signs_of(int64_t x, int64_t y, int64_t z) const {
        int signs = 0;
        for (int c = 0; c < 4; ++c) {
            const uint64_t* bits = row(x + (c & 1), y + (c >> 1));
            signs |= int(bits[z / 64] >> (z % 64) & 1) << c;
            signs |= int(bits[(z + 1) / 64] >> ((z + 1) % 64) & 1) << (c + 4);
        }
        return signs;
    }

    // How many cells are cut before (x, y, z): the number of the cell there, if it is.
    int64_t number(int64_t x, int64_t y, int64_t z) const {
        int64_t at = (x * (size_[1] - 1) + y) * words_ + z / 64;
        return slab_[x] + before_[at] + count_bits(cut_[at] & ((uint64_t(1) << (z % 64)) - 1));
    }

    // The sign of the bilinear interpolant's saddle point (Nielson and Hamann 1991): negative joins the inside.
    static bool joined(const float v[4][4][4], int face) {
        double f[4];
        for (int n = 0; n < 4; ++n) f[n] = corner(v, face_corner(face, n));
        double saddle = f[0] * f[2] - f[1] * f[3];
        return f[0] < 0 ? saddle > 0 : saddle < 0;
    }

    static float corner(const float v[4][4][4], int c) { return v[1 + (c & 1)][1 + (c >> 1 & 1)][1 + (c >> 2)]; }

    bool one_loop(const Cell& cell, int face) const {
        const Loops& l = loops(cell);
        int first = -1;
        for (int n = 0; n < 4; ++n) {
            int e = edge_between(face_corner(face, n), face_corner(face, (n + 1) % 4));
            if (n == 0) first = l.label[e];
            if (l.label[e] != first) return false;
        }
        return true;
    }

    void separate_faces() {
        for (const auto& slab : doubtful_)
            for (int64_t i : slab)
                for (int axis = 0; axis < 3; ++axis) {
                    Cell& cell = cells_[i];
                    int face = 2 * axis + 1;
                    if (!maquette::ambiguous(cell.signs, face)) continue;
                    // There is a neighbour: the border is outside, so no border face has a crossing.
                    Cell& next = cells_[number(cell.x + (axis == 0), cell.y + (axis == 1), cell.z + (axis == 2))];
                    if (!one_loop(cell, face) || !one_loop(next, face - 1)) continue;
                    cell.join ^= uint8_t(1 << face);
                    next.join ^= uint8_t(1 << (face - 1));
                }
    }

    // The field's gradients at a cell's corners: given, or by central differences, one-sided at the border.
    void find_gradients(const float v[4][4][4], const int64_t cell[3], Vec out[8]) const {
        for (int c = 0; c < 8; ++c) {
            int i = 1 + (c & 1), j = 1 + (c >> 1 & 1), k = 1 + (c >> 2);
            out[c] = {(v[i + 1][j][k] - v[i - 1][j][k]) / 2, (v[i][j + 1][k] - v[i][j - 1][k]) / 2,
                      (v[i][j][k + 1] - v[i][j][k - 1]) / 2};
        }
        bool inner = !gradients_;
        for (int a = 0; a < 3; ++a) inner = inner && cell[a] > 0 && cell[a] + 2 < size_[a];
        if (inner) return;
        constexpr int kStep[3] = {16, 4, 1};
        for (int c = 0; c < 8; ++c) {
            int64_t i[3] = {c & 1, c >> 1 & 1, c >> 2}, p[3];
            const float* at = &v[1 + i[0]][1 + i[1]][1 + i[2]];
            for (int a = 0; a < 3; ++a) {
                if (cell[a] + i[a] == 0) out[c][a] = at[kStep[a]] - at[0];
                if (cell[a] + i[a] + 1 == size_[a]) out[c][a] = at[0] - at[-kStep[a]];
                p[a] = std::min(std::max<int64_t>(cell[a] + i[a], 1), field_.size[a]) - 1;
            }
            int64_t offset = gradients_ ? 3 * field_.offset(p[0], p[1], p[2]) : -1;
            if (offset >= 0) out[c] = {gradients_[offset], gradients_[offset + 1], gradients_[offset + 2]};
        }
    }

    void place(const Cell& cell, float* vertices) {
        const Loops& l = loops(cell);
        int64_t at[3] = {cell.x, cell.y, cell.z};
        float v[4][4][4];
        maquette::neighbourhood(field_, at, v);
        Vec gradients[8], p[12], n[12];
        find_gradients(v, at, gradients);
        float mean[4][3] = {}, count[4] = {};  // a cell has at most four loops
        int64_t quad = cell.first_quad;
        for (int m = 0; m < l.crossings; ++m) {
            int e = l.crossed[m], k = l.label[e], axis = e / 4, a = kEdgeStart[e], b = a | 1 << axis;
            float fa = corner(v, a), fb = corner(v, b), t = fa / (fa - fb);
            p[m] = {float(a & 1), float(a >> 1 & 1), float(a >> 2)};
            p[m][axis] = t;
            float square = 0;
            for (int i = 0; i < 3; ++i) {
                mean[k][i] += p[m][i];
                n[m][i] = gradients[a][i] + t * (gradients[b][i] - gradients[a][i]);
                square += n[m][i] * n[m][i];
            }
            count[k] += 1;
            float scale = square > 1e-24f ? 1 / std::sqrt(square) : 0.0f;
            for (float& each : n[m]) each *= scale;
            if (a == 0) crossings_[quad++] = {t, {n[m][0], n[m][1], n[m][2]}};
        }
        float a[4][6] = {}, b[4][3] = {};
        for (int k = 0; k < l.count; ++k)
            for (float& each : mean[k]) each /= count[k];
        for (int m = 0; m < l.crossings; ++m) {
            int k = l.label[l.crossed[m]];
            float x = n[m][0], y = n[m][1], z = n[m][2];
            float d = x * (p[m][0] - mean[k][0]) + y * (p[m][1] - mean[k][1]) + z * (p[m][2] - mean[k][2]);
            a[k][0] += x * x, a[k][1] += x * y, a[k][2] += x * z, a[k][3] += y * y, a[k][4] += y * z, a[k][5] += z * z;
            b[k][0] += x * d, b[k][1] += y * d, b[k][2] += z * d;
        }
        for (int k = 0; k < l.count; ++k) {
            Vec x = minimize(a[k], b[k], mean[k], regularization_ * count[k]);
            float* out = vertices + 3 * size_t(cell.first_vertex + k);
            for (int i = 0; i < 3; ++i) out[i] = float(at[i]) + x[i];
        }
    }

    // Minimises x'Ax - 2b'x + weight |x|^2, x from the mean, over the cell. The minimiser in a box is found by
    // projected Gauss-Seidel, which needs no other case for the faces, edges and corners where the box binds.
    static Vec minimize(const float a[6], const float b[3], const float mean[3], float weight) {
        float m[3][3] = {{a[0] + weight, a[1], a[2]}, {a[1], a[3] + weight, a[4]}, {a[2], a[4], a[5] + weight}};
        constexpr float kMargin = 0.01f;  // vertices of neighbouring cells never coincide
        Vec x = solve(m, b), low, high;
        bool inside = true;
        for (int i = 0; i < 3; ++i) {
            low[i] = kMargin - mean[i], high[i] = 1 - kMargin - mean[i];
            inside = inside && x[i] >= low[i] && x[i] <= high[i];
        }
        if (!inside) {
            for (int i = 0; i < 3; ++i) x[i] = std::min(std::max(x[i], low[i]), high[i]);
            for (int step = 0; step < 40; ++step) {
                float moved = 0;
                for (int i = 0; i < 3; ++i) {
                    int j = (i + 1) % 3, k = (i + 2) % 3;
                    float v = (b[i] - m[i][j] * x[j] - m[i][k] * x[k]) / m[i][i];
                    v = std::min(std::max(v, low[i]), high[i]);
                    moved = std::max(moved, std::abs(v - x[i])), x[i] = v;
                }
                if (moved < 1e-5f) break;
            }
        }
        for (int i = 0; i < 3; ++i) x[i] += mean[i];
        return x;
    }

    static Vec solve(const float m[3][3], const float r[3]) {  // Cramer's rule; m is positive definite
        double a = m[0][0], b = m[0][1], c = m[0][2], d = m[1][1], e = m[1][2], f = m[2][2];
        double c0 = d * f - e * e, c1 = c * e - b * f, c2 = b * e - c * d;
        double d0 = a * f - c * c, d1 = b * c - a * e, d2 = a * d - b * b;
        double scale = 1 / (a * c0 + b * c1 + c * c2);
        return {float((c0 * r[0] + c1 * r[1] + c2 * r[2]) * scale), float((c1 * r[0] + d0 * r[1] + d1 * r[2]) * scale),
                float((c2 * r[0] + d1 * r[1] + d2 * r[2]) * scale)};
    }

    void connect(const Cell& cell, const float* points, int32_t* triangles) const {
        int64_t x = cell.x, y = cell.y, z = cell.z, own = &cell - cells_.data(), quad = cell.first_quad;
        int signs = cell.signs, first = signs & 1;
        for (int axis = 0; axis < 3; ++axis) {  // along the edge 4 * axis, from corner 0
            if (first == (signs >> (1 << axis) & 1)) continue;
            int b = (axis + 1) % 3, c = (axis + 2) % 3;
            int32_t corners[4];
            for (int n = 0; n < 4; ++n) {  // the cells around, and where the edge starts within each
                int start = (n == 1 || n == 2) << b | (n == 2 || n == 3) << c;
                const Cell& other =
                    n == 0 ? cells_[own] : cells_[number(x - (start & 1), y - (start >> 1 & 1), z - (start >> 2))];
                corners[n] = other.first_vertex + loops(other).label[maquette::kEdges.edge[axis][start]];
            }
            if (!first) std::swap(corners[1], corners[3]);
            split(cell, axis, crossings_[quad], corners, points, triangles + 6 * quad);
            ++quad;
        }
    }

    // Cuts the quad along the diagonal that passes closer to the surface where it crosses the grid edge, which is
    // the one along a crease; in a tie, the shorter.
    static void split(const Cell& cell, int axis, const Crossing& crossing, const int32_t quad[4],
                      const float* vertices, int32_t* faces) {
        float p[3] = {float(cell.x), float(cell.y), float(cell.z)};
        p[axis] += crossing.share;
        float off[2] = {0, 0}, square[2] = {0, 0};
        for (int i = 0; i < 3; ++i)
            for (int d = 0; d < 2; ++d) {
                float u = vertices[3 * size_t(quad[d]) + i] - p[i], v = vertices[3 * size_t(quad[d + 2]) + i] - p[i];
                off[d] += crossing.normal[i] * (u + v) / 2;
                square[d] += (u - v) * (u - v);
            }
        float gap = std::abs(off[0]) - std::abs(off[1]);
        bool second = std::abs(gap) > 0.02f ? gap > 0 : square[1] < square[0];
        int32_t one[6] = {quad[0], quad[1], quad[2], quad[0], quad[2], quad[3]};
        int32_t other[6] = {quad[0], quad[1], quad[3], quad[1], quad[2], quad[3]};
        std::copy(second ? other : one, (second ? other : one) + 6, faces);
    }

    Field field_;
    const float* gradients_;
    float regularization_;
    const Loops* table_;
    int64_t size_[3], words_;        // in samples, with the ring; words of 64 samples in a row
    std::vector<uint64_t> signs_;    // [x, y, word]: negative samples
    std::vector<uint64_t> cut_;      // [x, y, word]: cells that the surface cuts
    std::vector<int32_t> before_;    // cells cut before each word, in its slab of one x
    std::vector<int64_t> slab_;      // cells cut before each slab
    std::vector<std::vector<int64_t>> doubtful_;  // cells with ambiguous faces, by slab
    std::vector<Cell> cells_;
    std::vector<Crossing> crossings_;
};

template <class Field>
int64_t contour(const Field& field, const float* gradients, double regularization, int64_t* counts) {
    auto surface = std::make_unique<Contour<Field>>(field, gradients, float(regularization));
    counts[2] = surface->find();
    if (counts[2] != kDone) return 0;
    counts[0] = surface->vertices, counts[1] = surface->faces;
    return int64_t(reinterpret_cast<intptr_t>(static_cast<Surface*>(surface.release())));
}

}  // namespace

// field: [x, y, z]; gradients: [x, y, z, 3] or unread where !has_gradients. counts: receives the numbers of vertices
// and faces, and the status. Returns a handle for maquette_contour_take, 0 unless the status is kDone.
MAQUETTE_EXPORT int64_t maquette_contour(const float* field, const float* gradients, int64_t has_gradients, int64_t x,
                                         int64_t y, int64_t z, double regularization, int64_t* counts) try {
    return contour(maquette::DenseField{field, {x, y, z}}, has_gradients ? gradients : nullptr, regularization, counts);
} MAQUETTE_END

// index: [x, y, z] of blocks, values: [blocks, 8, 8, 8], gradients: [blocks, 8, 8, 8, 3]. As maquette_contour.
MAQUETTE_EXPORT int64_t maquette_contour_sparse(const int32_t* index, const float* values, const float* gradients,
                                                int64_t has_gradients, int64_t x, int64_t y, int64_t z, double far,
                                                double regularization, int64_t* counts) try {
    maquette::SparseField field{index, values, float(far), {8 * x, 8 * y, 8 * z}};
    return contour(field, has_gradients ? gradients : nullptr, regularization, counts);
} MAQUETTE_END

// Writes the surface and releases it; the field and gradients must still be where they were.
MAQUETTE_EXPORT int64_t maquette_contour_take(int64_t handle, float* vertices, int32_t* faces) try {
    std::unique_ptr<Surface> surface{reinterpret_cast<Surface*>(intptr_t(handle))};
    surface->write(vertices, faces);
    return 0;
} MAQUETTE_END
