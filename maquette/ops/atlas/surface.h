// A triangle mesh as charts see it: who lies across each edge, and the true shape of every face.
#pragma once
#include <array>
#include <cmath>

#include "kernel.h"

namespace maquette::atlas {

struct Plane {
    double x = 0, y = 0;
};
inline Plane operator+(Plane a, Plane b) { return {a.x + b.x, a.y + b.y}; }
inline Plane operator-(Plane a, Plane b) { return {a.x - b.x, a.y - b.y}; }
inline Plane operator*(double s, Plane a) { return {s * a.x, s * a.y}; }
inline double dot(Plane a, Plane b) { return a.x * b.x + a.y * b.y; }
inline double cross(Plane a, Plane b) { return a.x * b.y - a.y * b.x; }
// Turned by the angle of the unit vector r, as complex numbers multiply.
inline Plane turn(Plane r, Plane a) { return {r.x * a.x - r.y * a.y, r.x * a.y + r.y * a.x}; }

using Space = std::array<double, 3>;
inline Space operator+(const Space& a, const Space& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
inline Space operator-(const Space& a, const Space& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
inline Space operator*(double s, const Space& a) { return {s * a[0], s * a[1], s * a[2]}; }
inline double dot(const Space& a, const Space& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
inline Space cross(const Space& a, const Space& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline double length(const Space& a) { return std::sqrt(dot(a, a)); }

inline int32_t next(int32_t h) { return h % 3 == 2 ? h - 2 : h + 1; }

struct Surface {
    Surface(const float* vertices, int64_t vertex_count, const int32_t* face, int64_t face_count);

    int64_t count;                  // of faces
    const int32_t* face;            // three vertices a face
    std::vector<Space> point;       // about the centre, scaled so that the whole area is 1
    std::vector<Space> normal;      // unit; zero where a face has no area to speak of
    std::vector<double> area;
    std::vector<Plane> side;        // half-edge 3 f + k, from corner k to the next, with its face laid flat
    std::vector<double> weight;     // half the cotangent of the angle that faces the half-edge, kept positive
    std::vector<int32_t> opposite;  // the half-edge of the only other face there, if it runs the other way; or -1

    bool flat(int64_t f) const { return area[f] <= 0; }
    double size(int32_t h) const { return std::sqrt(dot(side[h], side[h])); }
};

inline Surface::Surface(const float* vertices, int64_t vertex_count, const int32_t* face, int64_t face_count)
    : count(face_count), face(face), point(vertex_count), normal(face_count), area(face_count),
      side(3 * face_count), weight(3 * face_count), opposite(3 * face_count, -1) {
    Space low = {1e300, 1e300, 1e300}, high = {-1e300, -1e300, -1e300};
    for (int64_t h = 0; h < 3 * face_count; ++h)
        for (int i = 0; i < 3; ++i) {
            double x = vertices[3 * int64_t(face[h]) + i];
            low[i] = std::min(low[i], x), high[i] = std::max(high[i], x);
        }
    Space centre = 0.5 * (low + high);
    for (int64_t v = 0; v < vertex_count; ++v)
        point[v] = Space{vertices[3 * v], vertices[3 * v + 1], vertices[3 * v + 2]} - centre;
    double total = 0;
    for (int64_t f = 0; f < face_count; ++f) {
        const Space &p = point[face[3 * f]], &q = point[face[3 * f + 1]], &r = point[face[3 * f + 2]];
        normal[f] = cross(q - p, r - p);
        total += length(normal[f]) / 2;
    }
    double scale = total > 0 ? 1 / std::sqrt(total) : 1;
    for (Space& p : point) p = scale * p;
    for (int64_t f = 0; f < face_count; ++f) {
        const Space e[3] = {point[face[3 * f + 1]] - point[face[3 * f]], point[face[3 * f + 2]] - point[face[3 * f + 1]],
                            point[face[3 * f]] - point[face[3 * f + 2]]};
        Space n = cross(e[0], e[1]);
        double twice = length(n), longest = std::max({dot(e[0], e[0]), dot(e[1], e[1]), dot(e[2], e[2])});
        if (!(twice > 1e-7 * longest) || !(twice > 1e-16)) {  // a needle of no width has no direction either
            normal[f] = {0, 0, 0}, area[f] = 0;
            continue;
        }
        area[f] = twice / 2, normal[f] = (1 / twice) * n;
        double along = length(e[0]);
        Space x = (1 / along) * e[0];
        double bx = -dot(e[2], x), by = twice / along;
        side[3 * f] = {along, 0}, side[3 * f + 1] = {bx - along, by}, side[3 * f + 2] = {-bx, -by};
        for (int k = 0; k < 3; ++k) {
            double cotangent = -dot(side[3 * f + (k + 1) % 3], side[3 * f + (k + 2) % 3]) / twice;
            weight[3 * f + k] = std::clamp(cotangent / 2, 0.02, 20.0);  // positive: the system stays definite
        }
    }
    std::vector<std::array<int32_t, 3>> edge;  // low vertex, high vertex, half-edge
    edge.reserve(3 * face_count);
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            int32_t h = int32_t(3 * f + k), a = face[h], b = face[next(h)];
            if (a != b) edge.push_back({std::min(a, b), std::max(a, b), h});
        }
    std::sort(edge.begin(), edge.end());
    for (size_t i = 0, j; i < edge.size(); i = j) {
        for (j = i + 1; j < edge.size() && edge[j][0] == edge[i][0] && edge[j][1] == edge[i][1];) ++j;
        if (j - i != 2) continue;
        int32_t g = edge[i][2], h = edge[i + 1][2];
        if (face[g] == face[h] || flat(g / 3) || flat(h / 3) || g / 3 == h / 3) continue;
        opposite[g] = h, opposite[h] = g;
    }
}

}  // namespace maquette::atlas
