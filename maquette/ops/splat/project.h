// Gaussians to the screen of one camera and back, kLanes at a time. Included once for each instruction set, inside
// its namespace and after its lanes; reference.py says the same in torch.

// Everything between a Gaussian's parameters and its record.
struct Shape {
    F length, w, x, y, z;           // of the quaternion
    F turn[3][3];                   // local to world
    F scale[3];
    F p[3];                         // camera axes
    F over_z, tx, ty;               // 1 / depth and the tangents, clamped; orthographic: 1, 0, 0
    M free_x, free_y;               // where they are not clamped
    F columns[3][3];                // [row][axis]: the scaled local axes in camera axes
    F flat[2][3];                   // the same on the screen, pixels
    F xx, xy, yy, determinant;      // Gaussian: covariance with the filter; surfel: only the determinant of `flat`
    F direction[3], over_distance;  // from the camera's centre
    F normal[3], facing;            // world axes, towards the camera; the sign that turned it there
    M axis_is[3];                   // which local axis it is
};

MAQUETTE_INLINE F negated(F a) { return set(0.0f) - a; }
MAQUETTE_INLINE F dot(const F* a, const F* b) { return fma(a[0], b[0], fma(a[1], b[1], a[2] * b[2])); }
// Three numbers times row `row` of the camera's rotation, or (transposed) column.
MAQUETTE_INLINE F turned(const Camera& c, int row, const F* a) {
    return fma(set(c.r[3 * row]), a[0], fma(set(c.r[3 * row + 1]), a[1], set(c.r[3 * row + 2]) * a[2]));
}
MAQUETTE_INLINE F unturned(const Camera& c, int column, const F* a) {
    return fma(set(c.r[column]), a[0], fma(set(c.r[3 + column]), a[1], set(c.r[6 + column]) * a[2]));
}

MAQUETTE_INLINE Shape shaped(const Cloud& cloud, const Camera& c, int64_t at, int count, const bool surfel) {
    Shape s;
    const int64_t floats = cloud.coefficients * 3;  // of harmonics, the bulk of what is read
    for (int64_t k = (at + count) * floats; k < std::min(at + count + kLanes, cloud.count) * floats; k += 16)
        prefetch(cloud.harmonics + k);
    const float* wxyz = cloud.wxyz + at * 4;
    F q[4], m[3];
    for (int k = 0; k < 4; ++k) q[k] = gather(wxyz + k, 4, count);
    s.length = sqrt(fma(q[0], q[0], fma(q[1], q[1], fma(q[2], q[2], q[3] * q[3]))));
    const F over = set(1.0f) / s.length, two = set(2.0f), one = set(1.0f);
    const F w = s.w = q[0] * over, x = s.x = q[1] * over, y = s.y = q[2] * over, z = s.z = q[3] * over;
    s.turn[0][0] = fnma(two, fma(y, y, z * z), one);
    s.turn[0][1] = two * fnma(w, z, x * y);
    s.turn[0][2] = two * fma(w, y, x * z);
    s.turn[1][0] = two * fma(w, z, x * y);
    s.turn[1][1] = fnma(two, fma(x, x, z * z), one);
    s.turn[1][2] = two * fnma(w, x, y * z);
    s.turn[2][0] = two * fnma(w, y, x * z);
    s.turn[2][1] = two * fma(w, x, y * z);
    s.turn[2][2] = fnma(two, fma(x, x, y * y), one);
    for (int k = 0; k < 3; ++k) m[k] = gather(cloud.means + at * 3 + k, 3, count);
    for (int k = 0; k < 3; ++k) s.p[k] = turned(c, k, m) + set(c.t[k]);
    const int axes = surfel ? 2 : 3;
    for (int k = 0; k < axes; ++k) s.scale[k] = gather(cloud.scales + at * axes + k, axes, count);

    if (cloud.perspective) {
        s.over_z = one / max(s.p[2], set(kNear));  // what is nearer is not drawn
        const F tx = s.p[0] * s.over_z, ty = s.p[1] * s.over_z;
        if (surfel) {
            s.tx = tx, s.ty = ty;
            s.free_x = s.free_y = one <= one;
        } else {
            s.tx = min(max(tx, set(c.left)), set(c.right)), s.ty = min(max(ty, set(c.top)), set(c.bottom));
            s.free_x = (s.tx <= tx) & (tx <= s.tx), s.free_y = (s.ty <= ty) & (ty <= s.ty);
        }
        for (int k = 0; k < 3; ++k) s.direction[k] = m[k] - set(c.eye[k]);
        s.over_distance = one / sqrt(max(dot(s.direction, s.direction), set(kNear * kNear)));
        for (int k = 0; k < 3; ++k) s.direction[k] = s.direction[k] * s.over_distance;
    } else {
        s.over_z = one, s.tx = s.ty = s.over_distance = set(0.0f);
        s.free_x = s.free_y = one <= one;
        for (int k = 0; k < 3; ++k) s.direction[k] = set(c.eye[k]);
    }
    const F fx = set(c.fx) * s.over_z, fy = set(c.fy) * s.over_z;
    for (int k = 0; k < axes; ++k) {
        F column[3] = {s.turn[0][k] * s.scale[k], s.turn[1][k] * s.scale[k], s.turn[2][k] * s.scale[k]};
        for (int row = 0; row < 3; ++row) s.columns[row][k] = turned(c, row, column);
        s.flat[0][k] = fx * fnma(s.tx, s.columns[2][k], s.columns[0][k]);
        s.flat[1][k] = fy * fnma(s.ty, s.columns[2][k], s.columns[1][k]);
    }
    if (surfel) {
        s.determinant = fnma(s.flat[0][1], s.flat[1][0], s.flat[0][0] * s.flat[1][1]);
        for (int k = 0; k < 3; ++k) s.axis_is[k] = k == 2 ? one <= one : one < one;
    } else {
        const F xx = dot(s.flat[0], s.flat[0]), yy = dot(s.flat[1], s.flat[1]), blur = set(kBlur);
        s.xx = xx + blur, s.yy = yy + blur, s.xy = dot(s.flat[0], s.flat[1]);
        // xx * yy - xy^2 without its cancellation, which would lose needles (Cauchy and Binet).
        s.determinant = fma(blur, xx + yy, blur * blur);
        for (int k = 0; k < 3; ++k) {
            const int next = (k + 1) % 3;
            const F minor = fnma(s.flat[0][next], s.flat[1][k], s.flat[0][k] * s.flat[1][next]);
            s.determinant = fma(minor, minor, s.determinant);
        }
        s.axis_is[0] = (s.scale[0] <= s.scale[1]) & (s.scale[0] <= s.scale[2]);
        s.axis_is[1] = both_not(s.scale[1] <= s.scale[2], s.axis_is[0]);
        s.axis_is[2] = both_not(both_not(one <= one, s.axis_is[0]), s.axis_is[1]);
    }
    for (int row = 0; row < 3; ++row)
        s.normal[row] = select(s.axis_is[0], s.turn[row][0], select(s.axis_is[1], s.turn[row][1], s.turn[row][2]));
    s.facing = select(dot(s.normal, s.direction) <= set(0.0f), one, set(-1.0f));
    for (int row = 0; row < 3; ++row) s.normal[row] = s.normal[row] * s.facing;
    return s;
}

// The real spherical harmonics of the first `count` (1, 4, 9, 16) coefficients, in the order and signs of 3DGS.
constexpr float kC0 = 0.28209479177387814f, kC1 = 0.4886025119029199f, kC2a = 1.0925484305920792f,
                kC2b = 0.31539156525252005f, kC2c = 0.5462742152960396f, kC3a = 0.5900435899266435f,
                kC3b = 2.890611442640554f, kC3c = 0.4570457994644658f, kC3d = 0.3731763325901154f,
                kC3e = 1.445305721320277f;

MAQUETTE_INLINE void harmonics(F x, F y, F z, int64_t count, F* b) {
    b[0] = set(kC0);
    if (count < 4) return;
    b[1] = set(-kC1) * y, b[2] = set(kC1) * z, b[3] = set(-kC1) * x;
    if (count < 9) return;
    const F xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
    b[4] = set(kC2a) * xy, b[5] = set(-kC2a) * yz, b[6] = set(kC2b) * (set(2.0f) * zz - xx - yy);
    b[7] = set(-kC2a) * xz, b[8] = set(kC2c) * (xx - yy);
    if (count < 16) return;
    b[9] = set(-kC3a) * y * (set(3.0f) * xx - yy), b[10] = set(kC3b) * xy * z;
    b[11] = set(-kC3c) * y * (set(4.0f) * zz - xx - yy);
    b[12] = set(kC3d) * z * (set(2.0f) * zz - set(3.0f) * (xx + yy));
    b[13] = set(-kC3c) * x * (set(4.0f) * zz - xx - yy), b[14] = set(kC3e) * z * (xx - yy);
    b[15] = set(-kC3a) * x * (xx - set(3.0f) * yy);
}

// The gradient by direction of the sum of h times the harmonics.
MAQUETTE_INLINE void harmonics_backward(F x, F y, F z, int64_t count, const F* h, F* v) {
    v[0] = v[1] = v[2] = set(0.0f);
    if (count < 4) return;
    v[0] = set(-kC1) * h[3], v[1] = set(-kC1) * h[1], v[2] = set(kC1) * h[2];
    if (count < 9) return;
    const F a = set(kC2a), b = set(2 * kC2b), c = set(2 * kC2c);
    v[0] = v[0] + a * (y * h[4] - z * h[7]) - b * x * h[6] + c * x * h[8];
    v[1] = v[1] + a * (x * h[4] - z * h[5]) - b * y * h[6] - c * y * h[8];
    v[2] = v[2] - a * (y * h[5] + x * h[7]) + set(2.0f) * b * z * h[6];
    if (count < 16) return;
    const F xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
    const F three = set(3.0f), two = set(2.0f), six = set(6.0f), four = set(4.0f), eight = set(8.0f);
    const F h9 = set(-kC3a) * h[9], h10 = set(kC3b) * h[10], h11 = set(-kC3c) * h[11], h12 = set(kC3d) * h[12],
            h13 = set(-kC3c) * h[13], h14 = set(kC3e) * h[14], h15 = set(-kC3a) * h[15];
    v[0] = v[0] + six * xy * h9 + yz * h10 - two * xy * h11 - six * xz * h12 + (four * zz - three * xx - yy) * h13 +
           two * xz * h14 + three * (xx - yy) * h15;
    v[1] = v[1] + three * (xx - yy) * h9 + xz * h10 + (four * zz - xx - three * yy) * h11 - six * yz * h12 -
           two * xy * h13 - two * yz * h14 - six * xy * h15;
    v[2] = v[2] + xy * h10 + eight * yz * h11 + (six * zz - three * (xx + yy)) * h12 + eight * xz * h13 +
           (xx - yy) * h14;
}

MAQUETTE_INLINE void put_lanes(F value, float* to, int stride, int count) {
    alignas(64) float lanes[kLanes];
    store(lanes, value);
    for (int i = 0; i < count; ++i) to[int64_t(i) * stride] = lanes[i];
}

// The first and last-plus-one pixel whose centre lies between two coordinates, a little widened for rounding.
MAQUETTE_INLINE int16_t first_pixel(float low, int64_t size) {
    return int16_t(std::ceil(std::min(float(size), std::max(0.0f, low - 0.51f))));  // NaN gives 0
}
MAQUETTE_INLINE int16_t end_pixel(float high, int64_t size) {
    return int16_t(std::floor(std::min(float(size), std::max(0.0f, high + 0.51f))));
}

MAQUETTE_INLINE void project_block(const Cloud& cloud, const Camera& c, const float* offsets, int64_t at, int count,
                                   const Projected& out, const bool surfel) {
    const Shape s = shaped(cloud, c, at, count, surfel);
    alignas(64) float reach_squared[kLanes], log2_opacity[kLanes];
    for (int i = 0; i < kLanes; ++i) {  // where alpha falls to 1/255, in standard deviations
        const float opacity = cloud.opacities[at + std::min(i, count - 1)];
        log2_opacity[i] = opacity > 0 ? std::log2(opacity) : -1e9f;
        reach_squared[i] = std::max(0.0f, (log2_opacity[i] - kMinLog2) * (2 / kLog2E));
    }
    float* record = out.records + at * kRecord;
    F x = fma(set(c.fx) * s.over_z, s.p[0], set(c.cx)), y = fma(set(c.fy) * s.over_z, s.p[1], set(c.cy));
    if (offsets) x = x + gather(offsets + at * 2, 2, count), y = y + gather(offsets + at * 2 + 1, 2, count);
    const F one = set(1.0f), zero = set(0.0f), squared = load(reach_squared), reach = sqrt(squared);

    M good = (set(kNear) <= s.p[2]) & (zero < squared);
    F x0, x1, y0, y1;
    if (!surfel) {
        const F over = one / s.determinant, half = set(0.5f * kLog2E);
        put_lanes(half * over * s.yy, record + kShape, kRecord, count);
        put_lanes(set(-kLog2E) * over * s.xy, record + kShape + 1, kRecord, count);
        put_lanes(half * over * s.xx, record + kShape + 2, kRecord, count);
        x1 = reach * sqrt(s.xx), y1 = reach * sqrt(s.yy);
        x0 = negated(x1), y0 = negated(y1);
        good = good & (s.xx + s.yy < set(1e18f)) & (s.determinant < set(1e36f));
    } else {
        const M solid = set(kThin) <= abs(s.determinant);
        const F over = one / select(solid, s.determinant, one), far = set(1e18f);
        put_lanes(select(solid, s.flat[1][1] * over, far), record + kShape, kRecord, count);
        put_lanes(only(solid, negated(s.flat[0][1]) * over), record + kShape + 1, kRecord, count);
        put_lanes(only(solid, negated(s.flat[1][0]) * over), record + kShape + 2, kRecord, count);
        put_lanes(select(solid, s.flat[0][0] * over, far), record + kShape + 3, kRecord, count);
        const F g0 = s.columns[2][0] * s.over_z, g1 = s.columns[2][1] * s.over_z;
        put_lanes(only(solid, g0), record + kShape + 4, kRecord, count);
        put_lanes(only(solid, g1), record + kShape + 5, kRecord, count);
        // The box of the disc seen in perspective: where |flat - x slope| reach = |x|.
        const F dot_reach = reach * set(0.70710678f);  // 1 / sqrt(kDot)
        const F bend = cloud.perspective ? fnma(squared, fma(g0, g0, g1 * g1), one) : one;
        const M whole = set(1e-3f) < bend;  // else it reaches behind the camera
        const F over_bend = one / select(whole, bend, one);
        for (int row = 0; row < 2; ++row) {
            const F a = s.flat[row][0], b = s.flat[row][1];
            const F lean = cloud.perspective ? squared * fma(a, g0, b * g1) : zero;
            const F width = sqrt(max(fma(lean, lean, bend * squared * fma(a, a, b * b)), zero));
            const F low = select(whole, min(over_bend * (negated(lean) - width), negated(dot_reach)), set(-1e9f));
            const F high = select(whole, max(over_bend * (width - lean), dot_reach), set(1e9f));
            if (row == 0) x0 = low, x1 = high;
            else y0 = low, y1 = high;
        }
        good = good & (abs(s.determinant) < set(1e30f));
    }
    const F most = set(1e7f);  // beyond it a centre has no precision left
    good = good & (abs(x) < most) & (abs(y) < most) & (s.p[2] < set(1e15f));

    F basis[16];
    harmonics(s.direction[0], s.direction[1], s.direction[2], cloud.coefficients, basis);
    const int stride = int(cloud.coefficients * 3);
    const float* harmonic = cloud.harmonics + at * stride;
    for (int channel = 0; channel < 3; ++channel) {
        F color = set(0.5f);
        for (int k = 0; k < cloud.coefficients; ++k)
            color = fma(basis[k], gather(harmonic + 3 * k + channel, stride, count), color);
        put_lanes(max(color, zero), record + kColor + channel, kRecord, count);
    }
    put_lanes(x, record + kX, kRecord, count);
    put_lanes(y, record + kY, kRecord, count);
    put_lanes(load(log2_opacity), record + kOpacity, kRecord, count);
    put_lanes(s.p[2], record + kDepth, kRecord, count);
    for (int k = 0; k < 3; ++k) put_lanes(s.normal[k], record + kNormal + k, kRecord, count);

    alignas(64) float low_x[kLanes], low_y[kLanes], high_x[kLanes], high_y[kLanes], visible[kLanes], radius[kLanes];
    store(low_x, x + x0), store(high_x, x + x1), store(low_y, y + y0), store(high_y, y + y1);
    store(visible, only(good, one));
    store(radius, set(0.5f) * max(x1 - x0, y1 - y0));
    for (int i = 0; i < count; ++i) {
        int16_t* box = out.boxes + (at + i) * 4;
        const int16_t left = first_pixel(low_x[i], cloud.width), right = end_pixel(high_x[i], cloud.width);
        const int16_t top = first_pixel(low_y[i], cloud.height), bottom = end_pixel(high_y[i], cloud.height);
        const bool seen = visible[i] > 0 && left < right && top < bottom;
        box[0] = seen ? left : 0, box[1] = seen ? top : 0, box[2] = seen ? right : 0, box[3] = seen ? bottom : 0;
        out.radii[at + i] = seen ? radius[i] : 0.0f;
    }
}

// Sums of one block's Gaussians over the views, so far.
struct Total {
    F means[3], turn[3][3], scale[3], opacity, harmonics[48];
};

// Adds one view's part, where seen; `sums` are the block's entry sums, [kind][lane].
MAQUETTE_INLINE void project_block_backward(const Cloud& cloud, const Camera& c, int64_t at, int count,
                                            M seen, const float* records, const float* sums, float* v_offsets,
                                            Total& total, const bool surfel, const bool geometry) {
    const Shape s = shaped(cloud, c, at, count, surfel);
    const F zero = set(0.0f), one = set(1.0f);
    const auto sum_of = [&](int kind) { return load(sums + kind * kLanes); };
    const auto in_record = [&](int field) { return gather(records + at * kRecord + field, kRecord, count); };
    const F fx = set(c.fx), fy = set(c.fy);
    F v_x, v_y, v_depth = zero, v_over_z = zero, v_columns[3][3], v_flat[2][3];
    total.opacity = total.opacity + sum_of(0);
    const int axes = surfel ? 2 : 3;
    if (!surfel) {
        const F over = one / s.determinant, xx = over * s.yy, xy = negated(over * s.xy), yy = over * s.xx;
        const F dx = sum_of(4), dy = sum_of(5), m00 = sum_of(6), m01 = sum_of(7), m11 = sum_of(8);
        v_x = fma(xx, dx, xy * dy), v_y = fma(xy, dx, yy * dy);
        // By the covariance: half of Q M Q, for Q its inverse and M the second moments; flat enters it twice.
        const F qm00 = fma(xx, m00, xy * m01), qm01 = fma(xx, m01, xy * m11);
        const F qm10 = fma(xy, m00, yy * m01), qm11 = fma(xy, m01, yy * m11);
        const F v00 = fma(qm00, xx, qm01 * xy), v01 = fma(qm00, xy, qm01 * yy), v11 = fma(qm10, xy, qm11 * yy);
        for (int k = 0; k < 3; ++k) {
            v_flat[0][k] = fma(v00, s.flat[0][k], v01 * s.flat[1][k]);
            v_flat[1][k] = fma(v01, s.flat[0][k], v11 * s.flat[1][k]);
        }
        if (geometry) v_depth = sum_of(9);
        for (int k = 0; k < 3; ++k) v_columns[2][k] = zero;
    } else {
        const M solid = set(kThin) <= abs(s.determinant);
        const F a00 = only(solid, in_record(kShape)), a01 = only(solid, in_record(kShape + 1)),
                a10 = only(solid, in_record(kShape + 2)), a11 = only(solid, in_record(kShape + 3));
        const F u = sum_of(8), v = sum_of(9);
        v_x = fnma(a00, u, fnma(a10, v, sum_of(10))), v_y = fnma(a01, u, fnma(a11, v, sum_of(11)));
        // A is the inverse of flat: its gradient goes through as -A^T V A^T.
        const F v00 = sum_of(4), v01 = sum_of(5), v10 = sum_of(6), v11 = sum_of(7);
        const F w00 = fma(a00, v00, a10 * v10), w01 = fma(a00, v01, a10 * v11);
        const F w10 = fma(a01, v00, a11 * v10), w11 = fma(a01, v01, a11 * v11);
        v_flat[0][0] = negated(fma(w00, a00, w01 * a01)), v_flat[0][1] = negated(fma(w00, a10, w01 * a11));
        v_flat[1][0] = negated(fma(w10, a00, w11 * a01)), v_flat[1][1] = negated(fma(w10, a10, w11 * a11));
        for (int k = 0; k < 2; ++k) {
            const F slope = only(solid, sum_of(12 + k));
            v_columns[2][k] = slope * s.over_z;
            if (cloud.perspective) v_over_z = fma(slope, s.columns[2][k], v_over_z);
        }
        v_depth = sum_of(14);
    }
    if (v_offsets) {
        put_lanes(only(seen, v_x), v_offsets + at * 2, 2, count);
        put_lanes(only(seen, v_y), v_offsets + at * 2 + 1, 2, count);
    }
    F v_tx = zero, v_ty = zero;
    for (int k = 0; k < axes; ++k) {
        const F a = fx * s.over_z * v_flat[0][k], b = fy * s.over_z * v_flat[1][k];
        v_columns[0][k] = a, v_columns[1][k] = b;
        if (cloud.perspective) {
            v_columns[2][k] = v_columns[2][k] - fma(a, s.tx, b * s.ty);
            v_tx = fnma(a, s.columns[2][k], v_tx);
            v_ty = fnma(b, s.columns[2][k], v_ty);
            v_over_z = fma(fma(v_flat[0][k], s.flat[0][k], v_flat[1][k] * s.flat[1][k]), s.p[2], v_over_z);
        }
    }
    F v_p[3];
    if (cloud.perspective) {
        v_tx = only(s.free_x, v_tx), v_ty = only(s.free_y, v_ty);
        const F by_x = fma(fx, v_x, v_tx), by_y = fma(fy, v_y, v_ty);
        v_p[0] = s.over_z * by_x, v_p[1] = s.over_z * by_y;
        v_over_z = fma(s.p[0], by_x, fma(s.p[1], by_y, v_over_z));
        v_p[2] = fnma(s.over_z * s.over_z, v_over_z, v_depth);
    } else {
        v_p[0] = fx * v_x, v_p[1] = fy * v_y, v_p[2] = v_depth;
    }
    for (int k = 0; k < 3; ++k) total.means[k] = total.means[k] + only(seen, unturned(c, k, v_p));

    for (int k = 0; k < axes; ++k) {
        const F column[3] = {v_columns[0][k], v_columns[1][k], v_columns[2][k]};
        F v_scale = zero;
        for (int row = 0; row < 3; ++row) {
            const F v = only(seen, unturned(c, row, column));
            v_scale = fma(v, s.turn[row][k], v_scale);
            total.turn[row][k] = fma(v, s.scale[k], total.turn[row][k]);
        }
        total.scale[k] = total.scale[k] + v_scale;
    }
    if (geometry)
        for (int row = 0; row < 3; ++row) {
            const F v = only(seen, s.facing * sum_of((surfel ? 15 : 10) + row));
            for (int k = 0; k < 3; ++k) total.turn[row][k] = total.turn[row][k] + only(s.axis_is[k], v);
        }

    F basis[16], along[16], v_direction[3];
    harmonics(s.direction[0], s.direction[1], s.direction[2], cloud.coefficients, basis);
    const int stride = int(cloud.coefficients * 3);
    const float* harmonic = cloud.harmonics + at * stride;
    for (int k = 0; k < cloud.coefficients; ++k) along[k] = zero;
    for (int channel = 0; channel < 3; ++channel) {
        const F v = only(seen & (zero < in_record(kColor + channel)), sum_of(1 + channel));
        for (int k = 0; k < cloud.coefficients; ++k) {
            total.harmonics[3 * k + channel] = fma(v, basis[k], total.harmonics[3 * k + channel]);
            if (cloud.perspective && k > 0)
                along[k] = fma(v, gather(harmonic + 3 * k + channel, stride, count), along[k]);
        }
    }
    if (cloud.perspective && cloud.coefficients > 1) {
        harmonics_backward(s.direction[0], s.direction[1], s.direction[2], cloud.coefficients, along, v_direction);
        const F radial = dot(v_direction, s.direction);
        for (int k = 0; k < 3; ++k)
            total.means[k] =
                total.means[k] + only(seen, s.over_distance * fnma(radial, s.direction[k], v_direction[k]));
    }
}

MAQUETTE_INLINE void finish_block(const Cloud& cloud, int64_t at, int count, const Total& total, const Gradients& out,
                                  const bool surfel) {
    const int axes = surfel ? 2 : 3, stride = int(cloud.coefficients * 3);
    for (int k = 0; k < 3; ++k) put_lanes(total.means[k], out.means + at * 3 + k, 3, count);
    for (int k = 0; k < axes; ++k) put_lanes(total.scale[k], out.scales + at * axes + k, axes, count);
    for (int k = 0; k < stride; ++k) put_lanes(total.harmonics[k], out.harmonics + at * stride + k, stride, count);
    const F opacity = gather(cloud.opacities + at, 1, count);
    const M some = set(0.0f) < opacity;
    put_lanes(only(some, total.opacity / select(some, opacity, set(1.0f))), out.opacities + at, 1, count);

    F q[4];
    for (int k = 0; k < 4; ++k) q[k] = gather(cloud.wxyz + at * 4 + k, 4, count);
    const F over = set(1.0f) / sqrt(fma(q[0], q[0], fma(q[1], q[1], fma(q[2], q[2], q[3] * q[3]))));
    const F w = q[0] * over, x = q[1] * over, y = q[2] * over, z = q[3] * over, two = set(2.0f);
    const F(&v)[3][3] = total.turn;
    F g[4];
    g[0] = two * (x * (v[2][1] - v[1][2]) + y * (v[0][2] - v[2][0]) + z * (v[1][0] - v[0][1]));
    g[1] = two * (y * (v[1][0] + v[0][1]) + z * (v[2][0] + v[0][2]) + w * (v[2][1] - v[1][2]) -
                  two * x * (v[1][1] + v[2][2]));
    g[2] = two * (x * (v[1][0] + v[0][1]) + z * (v[2][1] + v[1][2]) + w * (v[0][2] - v[2][0]) -
                  two * y * (v[0][0] + v[2][2]));
    g[3] = two * (x * (v[2][0] + v[0][2]) + y * (v[2][1] + v[1][2]) + w * (v[1][0] - v[0][1]) -
                  two * z * (v[0][0] + v[1][1]));
    const F unit[4] = {w, x, y, z};
    const F radial = fma(g[0], w, fma(g[1], x, fma(g[2], y, g[3] * z)));
    for (int k = 0; k < 4; ++k)
        put_lanes(over * fnma(radial, unit[k], g[k]), out.wxyz + at * 4 + k, 4, count);
}

// The sum of rows [begin, end) of sums [entries, kinds], to every kLanes-th of `to`.
MAQUETTE_INLINE void add_entries(const float* sums, int64_t begin, int64_t end, const int kinds, float* to) {
    float row[kSurfelSums] = {};
    for (int64_t n = begin; n < end; ++n)
        for (int k = 0; k < kinds; ++k) row[k] += sums[n * kinds + k];
    for (int k = 0; k < kinds; ++k) to[k * kLanes] = row[k];
}

static void project(const Cloud& cloud, const Camera& c, const float* offsets, int64_t begin, int64_t end,
                    const Projected& out) {
    for (int64_t at = begin; at < end; at += kLanes) {
        const int count = int(std::min<int64_t>(kLanes, end - at));
        if (cloud.axes == 2) project_block(cloud, c, offsets, at, count, out, true);
        else project_block(cloud, c, offsets, at, count, out, false);
    }
}

// The gradients of Gaussians [begin, end) from every view's entry sums; `first` [views * count + 1] says where a
// Gaussian's are.
static void project_backward(const Cloud& cloud, const Camera* cameras, int64_t views, const float* records,
                             const int64_t* first, const float* sums, bool geometry,
                             int64_t begin, int64_t end, const Gradients& out) {
    const bool surfel = cloud.axes == 2;
    alignas(64) float gathered[kSurfelSums * kLanes];
    for (int64_t at = begin; at < end; at += kLanes) {
        const int count = int(std::min<int64_t>(kLanes, end - at));
        Total total;
        for (int k = 0; k < 3; ++k) total.means[k] = total.scale[k] = set(0.0f);
        for (int k = 0; k < 9; ++k) total.turn[k / 3][k % 3] = set(0.0f);
        for (int k = 0; k < 3 * cloud.coefficients; ++k) total.harmonics[k] = set(0.0f);
        total.opacity = set(0.0f);
        for (int64_t view = 0; view < views; ++view) {
            const int64_t* from = first + view * cloud.count + at;
            float* v_offsets = out.offsets ? out.offsets + view * cloud.count * 2 : nullptr;
            if (from[0] == from[count]) {  // none of them is seen
                if (v_offsets) std::memset(v_offsets + at * 2, 0, count * 2 * sizeof(float));
                continue;
            }
            std::memset(gathered, 0, sizeof gathered);
            alignas(64) float entries[kLanes] = {};
            for (int i = 0; i < count; ++i) {
                entries[i] = float(from[i + 1] - from[i]);
                if (surfel) add_entries(sums, from[i], from[i + 1], kSurfelSums, gathered + i);
                else if (geometry) add_entries(sums, from[i], from[i + 1], kGaussianGeometrySums, gathered + i);
                else add_entries(sums, from[i], from[i + 1], kGaussianSums, gathered + i);
            }
            const M seen = set(0.0f) < load(entries);
            const float* of_view = records + view * cloud.count * kRecord;
            if (surfel)
                project_block_backward(cloud, cameras[view], at, count, seen, of_view, gathered, v_offsets, total,
                                       true, true);
            else if (geometry)
                project_block_backward(cloud, cameras[view], at, count, seen, of_view, gathered, v_offsets, total,
                                       false, true);
            else
                project_block_backward(cloud, cameras[view], at, count, seen, of_view, gathered, v_offsets, total,
                                       false, false);
        }
        finish_block(cloud, at, count, total, out, surfel);
    }
}
