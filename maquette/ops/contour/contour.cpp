// Manifold dual contouring: one vertex for each loop that the surface cuts into a cell's boundary (the dual of
// marching cubes, Nielson 2004), placed by a regularised quadratic error function (Ju et al. 2002).
//
// A mesh edge is dual to a segment on a cell face. A face with four crossings carries two segments; where both lie on
// one loop in both of its cells, two mesh edges would coincide. Reconnecting the four crossings the other way splits
// an oriented loop that holds both segments into two, in either cell, and never joins loops: so one pass over the
// faces makes every mesh edge unique, and the result is edge- and vertex-manifold whatever the field.
#include <array>
#include <cmath>

#include "kernel.h"

namespace {

// Corner c has offsets (c & 1, c >> 1 & 1, c >> 2 & 1). Edge 4 * axis + n starts at corner kEdgeStart[edge].
constexpr int kEdgeStart[12] = {0, 2, 4, 6, 0, 1, 4, 5, 0, 1, 2, 3};

// Face 2 * axis + side, its corners in cyclic order, the same on both sides of a shared face.
int face_corner(int face, int n) {
    int axis = face >> 1, b = (axis + 1) % 3, c = (axis + 2) % 3;
    return (face & 1) << axis | ((n == 1 || n == 2) << b) | ((n == 2 || n == 3) << c);
}

int edge_between(int a, int b) {
    int axis = (a ^ b) >> 1, start = a & b;  // 1, 2, 4 -> 0, 1, 2
    for (int n = 0; n < 4; ++n)
        if (kEdgeStart[4 * axis + n] == start) return 4 * axis + n;
    return -1;
}

bool ambiguous(int signs, int face) {
    bool s0 = signs >> face_corner(face, 0) & 1, s1 = signs >> face_corner(face, 1) & 1;
    bool s2 = signs >> face_corner(face, 2) & 1, s3 = signs >> face_corner(face, 3) & 1;
    return s0 == s2 && s1 == s3 && s0 != s1;
}

struct Loops {
    int8_t label[12];  // -1 on an edge without a crossing
    int8_t count;
};

// join: a bit for each face; set, an ambiguous face joins its two inside corners, else it separates them.
Loops find_loops(int signs, int join) {
    int parent[12];
    for (int e = 0; e < 12; ++e) parent[e] = e;
    auto root = [&](int e) {
        while (parent[e] != e) e = parent[e];
        return e;
    };
    for (int face = 0; face < 6; ++face) {
        int edge[4], crossings = 0, found[4];
        for (int n = 0; n < 4; ++n) {
            int a = face_corner(face, n), b = face_corner(face, (n + 1) % 4);
            edge[n] = edge_between(a, b);
            if ((signs >> a & 1) != (signs >> b & 1)) found[crossings++] = edge[n];
        }
        if (crossings == 2) parent[root(found[0])] = root(found[1]);
        if (crossings == 4) {
            // Edge n runs from corner n to n + 1, so edges n - 1 and n meet at corner n.
            bool inside0 = signs >> face_corner(face, 0) & 1, around0 = inside0 != bool(join >> face & 1);
            int first = around0 ? 3 : 0;
            parent[root(edge[first])] = root(edge[(first + 1) % 4]);
            parent[root(edge[(first + 2) % 4])] = root(edge[(first + 3) % 4]);
        }
    }
    Loops loops{};
    int8_t name[12];
    std::fill(name, name + 12, int8_t(-1));
    for (int e = 0; e < 12; ++e) {
        int a = kEdgeStart[e], b = a | 1 << (e / 4);
        loops.label[e] = -1;
        if ((signs >> a & 1) == (signs >> b & 1)) continue;
        int r = root(e);
        if (name[r] < 0) name[r] = loops.count++;
        loops.label[e] = name[r];
    }
    return loops;
}

const Loops& loops_of(int signs, int join) {
    static const std::vector<Loops> table = [] {
        std::vector<Loops> t(256 * 64);
        for (int s = 0; s < 256; ++s)
            for (int j = 0; j < 64; ++j) t[s * 64 + j] = find_loops(s, j);
        return t;
    }();
    return table[signs * 64 + join];
}

struct Cell {
    int32_t x, y, z;
    int32_t first_vertex;
    uint8_t signs, join;
};

struct Surface {
    std::vector<float> vertices;
    std::vector<int32_t> faces;
};

using Vec = std::array<double, 3>;

class Contour {
   public:
    Contour(const float* field, const float* gradients, const int64_t size[3], double regularization)
        : field_(field), gradients_(gradients), regularization_(regularization) {
        for (int a = 0; a < 3; ++a) size_[a] = size[a];
        stride_[0] = size[1] * size[2], stride_[1] = size[2], stride_[2] = 1;
        for (int c = 0; c < 8; ++c) {
            corner_[c] = 0;
            for (int a = 0; a < 3; ++a)
                if (c >> a & 1) corner_[c] += stride_[a];
        }
    }

    Surface* run() {
        find_cells();
        separate_faces();
        int32_t vertices = 0;
        for (Cell& cell : cells_) {
            cell.first_vertex = vertices;
            vertices += loops(cell).count;
        }
        auto* surface = new Surface;
        surface->vertices.resize(3 * size_t(vertices));
        constexpr int64_t kPiece = 4096;
        int64_t count = int64_t(cells_.size());
        maquette::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
            for (int64_t i = piece * kPiece; i < std::min(count, (piece + 1) * kPiece); ++i)
                place(cells_[i], surface->vertices.data());
        });
        for (const Cell& cell : cells_) connect(cell, *surface);
        return surface;
    }

   private:
    const Loops& loops(const Cell& cell) const { return loops_of(cell.signs, cell.join); }
    int64_t at(const Cell& c) const { return c.x * stride_[0] + c.y * stride_[1] + c.z; }

    // The sign of the bilinear interpolant's saddle point (Nielson and Hamann 1991): negative joins the inside.
    bool joined(int64_t base, int face) const {
        double f[4];
        for (int n = 0; n < 4; ++n) f[n] = field_[base + corner_[face_corner(face, n)]];
        double saddle = f[0] * f[2] - f[1] * f[3];
        return f[0] < 0 ? saddle > 0 : saddle < 0;
    }

    void find_cells() {
        index_.assign(size_t(size_[0] * stride_[0]), -1);
        for (int64_t x = 0; x + 1 < size_[0]; ++x)
            for (int64_t y = 0; y + 1 < size_[1]; ++y) {
                const float* row = field_ + x * stride_[0] + y * stride_[1];
                auto four = [&](int64_t z) {
                    return (row[z] < 0) | (row[z + stride_[0]] < 0) << 1 | (row[z + stride_[1]] < 0) << 2 |
                           (row[z + stride_[0] + stride_[1]] < 0) << 3;
                };
                int low = four(0);
                for (int64_t z = 0; z + 1 < size_[2]; ++z) {
                    int high = four(z + 1), signs = low | high << 4;
                    low = high;
                    if (signs == 0 || signs == 255) continue;
                    Cell cell{int32_t(x), int32_t(y), int32_t(z), 0, uint8_t(signs), 0};
                    for (int face = 0; face < 6; ++face)
                        if (ambiguous(signs, face) && joined(at(cell), face)) cell.join |= 1 << face;
                    index_[at(cell)] = int32_t(cells_.size());
                    cells_.push_back(cell);
                }
            }
    }

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
        for (Cell& cell : cells_)
            for (int axis = 0; axis < 3; ++axis) {
                int face = 2 * axis + 1;
                if (!ambiguous(cell.signs, face)) continue;
                // There is a neighbour: the border is outside, so no border face has a crossing.
                Cell& next = cells_[index_[at(cell) + stride_[axis]]];
                if (!one_loop(cell, face) || !one_loop(next, face - 1)) continue;
                cell.join ^= 1 << face;
                next.join ^= 1 << (face - 1);
            }
    }

    Vec gradient(int64_t base, int64_t x, int64_t y, int64_t z) const {
        if (gradients_) return {gradients_[3 * base], gradients_[3 * base + 1], gradients_[3 * base + 2]};
        int64_t p[3] = {x, y, z};
        Vec g;
        for (int a = 0; a < 3; ++a) {
            int64_t low = p[a] > 0 ? stride_[a] : 0, high = p[a] + 1 < size_[a] ? stride_[a] : 0;
            g[a] = (double(field_[base + high]) - field_[base - low]) / double((low > 0) + (high > 0));
        }
        return g;
    }

    void place(const Cell& cell, float* vertices) const {
        const Loops& l = loops(cell);
        double ata[4][6] = {}, atb[4][3] = {}, mean[4][3] = {};  // a cell has at most four loops
        int count[4] = {};
        int64_t base = at(cell);
        for (int e = 0; e < 12; ++e) {
            if (l.label[e] < 0) continue;
            int k = l.label[e], axis = e / 4, a = kEdgeStart[e], b = a | 1 << axis;
            double fa = field_[base + corner_[a]], fb = field_[base + corner_[b]], t = fa / (fa - fb);
            Vec p = {double(a & 1), double(a >> 1 & 1), double(a >> 2 & 1)};
            p[axis] = t;
            Vec ga = gradient(base + corner_[a], cell.x + (a & 1), cell.y + (a >> 1 & 1), cell.z + (a >> 2 & 1));
            Vec gb = gradient(base + corner_[b], cell.x + (b & 1), cell.y + (b >> 1 & 1), cell.z + (b >> 2 & 1));
            Vec n;
            for (int i = 0; i < 3; ++i) n[i] = (1 - t) * ga[i] + t * gb[i];
            double length = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
            for (int i = 0; i < 3; ++i) mean[k][i] += p[i];
            ++count[k];
            if (!(length > 1e-12)) continue;
            for (double& v : n) v /= length;
            double d = n[0] * p[0] + n[1] * p[1] + n[2] * p[2];
            ata[k][0] += n[0] * n[0], ata[k][1] += n[0] * n[1], ata[k][2] += n[0] * n[2];
            ata[k][3] += n[1] * n[1], ata[k][4] += n[1] * n[2], ata[k][5] += n[2] * n[2];
            for (int i = 0; i < 3; ++i) atb[k][i] += n[i] * d;
        }
        for (int k = 0; k < l.count; ++k) {
            for (int i = 0; i < 3; ++i) mean[k][i] /= count[k];
            Vec p = minimize(ata[k], atb[k], mean[k], regularization_ * count[k]);
            float* out = vertices + 3 * size_t(cell.first_vertex + k);
            out[0] = float(cell.x + p[0]), out[1] = float(cell.y + p[1]), out[2] = float(cell.z + p[2]);
        }
    }

    // Minimises x'Ax - 2b'x + weight |x - mean|^2 over the cell. The minimiser in a box is found by projected
    // Gauss-Seidel, which needs no other case for the faces, edges and corners where the box binds.
    static Vec minimize(const double a[6], const double b[3], const double mean[3], double weight) {
        double m[3][3] = {{a[0] + weight, a[1], a[2]}, {a[1], a[3] + weight, a[4]}, {a[2], a[4], a[5] + weight}};
        double r[3] = {b[0] + weight * mean[0], b[1] + weight * mean[1], b[2] + weight * mean[2]};
        constexpr double kMargin = 0.01;  // vertices of neighbouring cells never coincide
        Vec x = solve(m, r);
        bool inside = true;
        for (double v : x) inside = inside && v >= kMargin && v <= 1 - kMargin;
        if (inside) return x;
        for (double& v : x) v = std::min(std::max(v, kMargin), 1 - kMargin);
        for (int step = 0; step < 40; ++step)
            for (int i = 0; i < 3; ++i) {
                int j = (i + 1) % 3, k = (i + 2) % 3;
                double v = (r[i] - m[i][j] * x[j] - m[i][k] * x[k]) / m[i][i];
                x[i] = std::min(std::max(v, kMargin), 1 - kMargin);
            }
        return x;
    }

    static Vec solve(const double m[3][3], const double r[3]) {  // Cramer's rule; m is positive definite
        double c0 = m[1][1] * m[2][2] - m[1][2] * m[2][1], c1 = m[0][2] * m[2][1] - m[0][1] * m[2][2],
               c2 = m[0][1] * m[1][2] - m[0][2] * m[1][1];
        double d0 = m[0][0] * m[2][2] - m[0][2] * m[2][0], d1 = m[0][2] * m[1][0] - m[0][0] * m[1][2],
               d2 = m[0][0] * m[1][1] - m[0][1] * m[1][0];
        double det = m[0][0] * c0 + m[1][0] * c1 + m[2][0] * c2;
        return {(c0 * r[0] + c1 * r[1] + c2 * r[2]) / det, (c1 * r[0] + d0 * r[1] + d1 * r[2]) / det,
                (c2 * r[0] + d1 * r[1] + d2 * r[2]) / det};
    }

    void connect(const Cell& cell, Surface& surface) const {
        int64_t base = at(cell);
        for (int axis = 0; axis < 3; ++axis) {
            int edge = 4 * axis;  // from corner 0 along the axis
            if (loops(cell).label[edge] < 0) continue;
            int b = (axis + 1) % 3, c = (axis + 2) % 3;
            int64_t around[4] = {0, -stride_[b], -stride_[b] - stride_[c], -stride_[c]};
            int step[4] = {0, 1 << b, 1 << b | 1 << c, 1 << c};  // where the edge starts within that cell
            int32_t quad[4];
            for (int n = 0; n < 4; ++n) {
                const Cell& other = cells_[index_[base + around[n]]];
                int e = edge_between(step[n], step[n] | 1 << axis);
                quad[n] = other.first_vertex + loops(other).label[e];
            }
            if (!(cell.signs & 1)) std::swap(quad[1], quad[3]);
            split(cell, axis, quad, surface);
        }
    }

    // Cuts the quad along the diagonal that passes closer to the surface where it crosses the grid edge, which is
    // the one along a crease; in a tie, the shorter.
    void split(const Cell& cell, int axis, const int32_t quad[4], Surface& surface) const {
        int64_t base = at(cell);
        double fa = field_[base], fb = field_[base + stride_[axis]], t = fa / (fa - fb);
        Vec p = {double(cell.x), double(cell.y), double(cell.z)};
        Vec ga = gradient(base, cell.x, cell.y, cell.z);
        Vec gb = gradient(base + stride_[axis], cell.x + (axis == 0), cell.y + (axis == 1), cell.z + (axis == 2));
        p[axis] += t;
        double off[2] = {0, 0}, square[2] = {0, 0}, norm = 0;
        for (int i = 0; i < 3; ++i) {
            double n = (1 - t) * ga[i] + t * gb[i];
            norm += n * n;
            for (int d = 0; d < 2; ++d) {
                double u = surface.vertices[3 * size_t(quad[d]) + i], v = surface.vertices[3 * size_t(quad[d + 2]) + i];
                off[d] += n * ((u + v) / 2 - p[i]);
                square[d] += (u - v) * (u - v);
            }
        }
        double slack = 0.02 * std::sqrt(norm), gap = std::abs(off[0]) - std::abs(off[1]);
        bool second = std::abs(gap) > slack ? gap > 0 : square[1] < square[0];
        int32_t first[6] = {quad[0], quad[1], quad[2], quad[0], quad[2], quad[3]};
        int32_t other[6] = {quad[0], quad[1], quad[3], quad[1], quad[2], quad[3]};
        const int32_t* chosen = second ? other : first;
        surface.faces.insert(surface.faces.end(), chosen, chosen + 6);
    }

    const float *field_, *gradients_;
    double regularization_;
    int64_t size_[3], stride_[3], corner_[8];
    std::vector<int32_t> index_;
    std::vector<Cell> cells_;
};

}  // namespace

// field: [x, y, z] floats, not negative on the border; gradients: [x, y, z, 3] or unread where !has_gradients.
// counts: receives the numbers of vertices and faces. Returns a handle for maquette_contour_take.
MAQUETTE_EXPORT int64_t maquette_contour(const float* field, const float* gradients, int64_t has_gradients, int64_t x,
                                         int64_t y, int64_t z, double regularization, int64_t* counts) {
    int64_t size[3] = {x, y, z};
    Surface* surface = Contour(field, has_gradients ? gradients : nullptr, size, regularization).run();
    counts[0] = int64_t(surface->vertices.size() / 3);
    counts[1] = int64_t(surface->faces.size() / 3);
    return int64_t(reinterpret_cast<intptr_t>(surface));
}

// Copies the surface out and releases it.
MAQUETTE_EXPORT int64_t maquette_contour_take(int64_t handle, float* vertices, int32_t* faces) {
    auto* surface = reinterpret_cast<Surface*>(intptr_t(handle));
    std::copy(surface->vertices.begin(), surface->vertices.end(), vertices);
    std::copy(surface->faces.begin(), surface->faces.end(), faces);
    delete surface;
    return 0;
}
