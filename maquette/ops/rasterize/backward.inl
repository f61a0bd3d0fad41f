// The loop over one band of rows, compiled for several instruction sets (isa.h).
#include "quad.inl"
#include "gradients.inl"

// Adds to target, [vertices, 4]. Pointers are to the view's own arrays; either gradient may be null.
void backward(const double* positions, const int32_t* faces, const int32_t* face_ids, const float* barycentrics,
              const float* grad_barycentrics, const float* grad_depths, double* target, int64_t face_count,
              int64_t first_row, int64_t end_row, int64_t width) {
    const int64_t end = end_row * width;
    for (int64_t y = first_row; y < end_row; ++y) {
        for (int64_t x = 0; x < width;) {
            const int64_t i = y * width + x;
            const int32_t face = face_ids[i];
            int64_t run = maquette::run_length(face_ids + i, width - x);
            if (uint32_t(face) >= uint64_t(face_count)) {
                x += run;
                continue;
            }
            const int32_t* corners = faces + 3 * int64_t(face);
            PositionSums sums(positions, corners, double(y) + 0.5);
            for (int64_t done = 0;;) {
                for (; done < run; done += 4) {
                    QuadF b1, b2, g1{}, g2{}, dz{};
                    load_pairs(barycentrics, i + done, end, b1, b2);
                    if (grad_barycentrics) load_pairs(grad_barycentrics, i + done, end, g1, g2);
                    if (grad_depths) dz = load_four(grad_depths, i + done, end);
                    sums.add<true>(double(x + done) + 0.5, widen(b1), widen(b2), widen(g1), widen(g2), widen(dz),
                                   run - done);
                }
                if (run % 8 || x + run == width || face_ids[i + run] != face) break;
                run += maquette::run_length(face_ids + i + run, width - x - run);
            }
            sums.scatter(target, corners);
            x += run;
        }
    }
}
