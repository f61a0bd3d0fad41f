// Normals a corner: the average over the faces around a vertex that turn away from the corner's own face by less
// than the crease angle, weighted by the angle each makes there (Thuermer and Wuethrich 1998).
#include <cmath>

#include "kernel.h"

// vertices: [vertices, 3]; faces: [faces, 3] int32, in range; out: [faces, 3, 3], unit (zero on a zero-area face
// with no neighbours).
MAQUETTE_EXPORT int64_t maquette_corner_normals(const float* vertices, const int32_t* faces, float* out,
                                                int64_t vertex_count, int64_t face_count, double cos_crease) try {
    std::vector<double> normal(face_count * 3), angle(face_count * 3);
    std::vector<int64_t> start(vertex_count + 1, 0), corner(face_count * 3);
    for (int64_t f = 0; f < face_count; ++f) {
        double p[3][3], side[3][3];
        for (int k = 0; k < 3; ++k)
            for (int c = 0; c < 3; ++c) p[k][c] = vertices[3 * int64_t(faces[3 * f + k]) + c];
        for (int k = 0; k < 3; ++k)
            for (int c = 0; c < 3; ++c) side[k][c] = p[(k + 1) % 3][c] - p[k][c];
        double* n = &normal[3 * f];
        for (int c = 0; c < 3; ++c) {
            int a = (c + 1) % 3, b = (c + 2) % 3;
            n[c] = side[0][a] * side[1][b] - side[0][b] * side[1][a];
        }
        double length = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (int c = 0; c < 3; ++c) n[c] = length > 0 ? n[c] / length : 0;
        for (int k = 0; k < 3; ++k) {
            double *u = side[k], *v = side[(k + 2) % 3];
            double dot = -(u[0] * v[0] + u[1] * v[1] + u[2] * v[2]);
            angle[3 * f + k] = std::atan2(length, dot);
            ++start[faces[3 * f + k] + 1];
        }
    }
    for (int64_t v = 0; v < vertex_count; ++v) start[v + 1] += start[v];
    std::vector<int64_t> fill(start.begin(), start.end() - 1);
    for (int64_t i = 0; i < 3 * face_count; ++i) corner[fill[faces[i]]++] = i;
    constexpr int64_t kPiece = 1 << 14;
    maquette::parallel_for((3 * face_count + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(3 * face_count, (piece + 1) * kPiece);
        for (int64_t i = piece * kPiece; i < end; ++i) {
            const double* own = &normal[i / 3 * 3];
            double sum[3] = {0, 0, 0};
            for (int64_t j = start[faces[i]]; j < start[faces[i] + 1]; ++j) {
                const double* other = &normal[corner[j] / 3 * 3];
                if (own[0] * other[0] + own[1] * other[1] + own[2] * other[2] < cos_crease) continue;
                for (int c = 0; c < 3; ++c) sum[c] += angle[corner[j]] * other[c];
            }
            double length = std::sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
            for (int c = 0; c < 3; ++c) out[3 * i + c] = float(length > 0 ? sum[c] / length : own[c]);
        }
    });
    return 0;
} MAQUETTE_END
