package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.scalar.NormRow;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Rows of layer norms on the Vector API; lanes are summed in a fixed order. */
final class VectorNormRow extends NormRow {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Gradient of the output times gamma, {@code [d]}. */
    private float[] scaled = new float[0];

    /** Lanes of a vector, for sums in a fixed order, {@code [L]}. */
    private final float[] lanes = new float[L];

    @Override
    protected float mean(int d, float[] x, int at) {
        FloatVector sums = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= d; i += L) {
            sums = sums.add(FloatVector.fromArray(S, x, at + i));
        }
        sums.intoArray(lanes, 0);
        float sum = VectorExponential.total(lanes);
        for (; i < d; i++) {
            sum += x[at + i];
        }
        return sum / d;
    }

    @Override
    protected float variance(int d, float[] x, int at, float mean) {
        FloatVector sums = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= d; i += L) {
            FloatVector off = FloatVector.fromArray(S, x, at + i).sub(mean);
            sums = off.fma(off, sums);
        }
        sums.intoArray(lanes, 0);
        float sum = VectorExponential.total(lanes);
        for (; i < d; i++) {
            float off = x[at + i] - mean;
            sum = Math.fma(off, off, sum);
        }
        return sum / d;
    }

    @Override
    protected void affine(
            int d, float mean, float inverse, float[] x, int at, HostFloats gamma, HostFloats beta, float[] y, int to) {
        int i = 0;
        for (; i + L <= d; i += L) {
            FloatVector.fromArray(S, x, at + i)
                    .sub(mean)
                    .mul(inverse)
                    .fma(
                            FloatVector.fromArray(S, gamma.array, gamma.start + i),
                            FloatVector.fromArray(S, beta.array, beta.start + i))
                    .intoArray(y, to + i);
        }
        for (; i < d; i++) {
            float h = (x[at + i] - mean) * inverse;
            y[to + i] = Math.fma(h, gamma.array[gamma.start + i], beta.array[beta.start + i]);
        }
    }

    @Override
    protected void multiply(int d, float[] a, int aAt, float[] b, int bAt, float[] y, int to) {
        int i = 0;
        for (; i + L <= d; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .mul(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, to + i);
        }
        for (; i < d; i++) {
            y[to + i] = a[aAt + i] * b[bAt + i];
        }
    }

    /** 62 lines: one loop of whole vectors and one of the rest, twice, on sums that stay in registers. */
    @Override
    protected void backward(
            Tables t,
            float mean,
            float inverse,
            float[] x,
            int at,
            float[] dy,
            int from,
            float[] dx,
            int to,
            boolean add) {
        int d = t.width();
        if (scaled.length < d) {
            scaled = new float[d];
        }
        float[] dGamma = t.dGamma().array;
        float[] dBeta = t.dBeta().array;
        float[] gamma = t.gamma().array;
        int dGammaAt = t.dGamma().start;
        int dBetaAt = t.dBeta().start;
        int gammaAt = t.gamma().start;
        FloatVector sums = FloatVector.zero(S);
        FloatVector products = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= d; i += L) {
            FloatVector h = FloatVector.fromArray(S, x, at + i).sub(mean).mul(inverse);
            FloatVector g = FloatVector.fromArray(S, dy, from + i);
            g.fma(h, FloatVector.fromArray(S, dGamma, dGammaAt + i)).intoArray(dGamma, dGammaAt + i);
            g.add(FloatVector.fromArray(S, dBeta, dBetaAt + i)).intoArray(dBeta, dBetaAt + i);
            FloatVector s = g.mul(FloatVector.fromArray(S, gamma, gammaAt + i));
            s.intoArray(scaled, i);
            sums = sums.add(s);
            products = s.fma(h, products);
        }
        sums.intoArray(lanes, 0);
        float sum = VectorExponential.total(lanes);
        products.intoArray(lanes, 0);
        float product = VectorExponential.total(lanes);
        for (int r = i; r < d; r++) {
            float h = (x[at + r] - mean) * inverse;
            dGamma[dGammaAt + r] = Math.fma(dy[from + r], h, dGamma[dGammaAt + r]);
            dBeta[dBetaAt + r] += dy[from + r];
            scaled[r] = dy[from + r] * gamma[gammaAt + r];
            sum += scaled[r];
            product = Math.fma(scaled[r], h, product);
        }
        float gMean = sum / d;
        float along = product / d;
        for (i = 0; i + L <= d; i += L) {
            FloatVector h = FloatVector.fromArray(S, x, at + i).sub(mean).mul(inverse);
            FloatVector value = h.fma(
                            FloatVector.broadcast(S, -along),
                            FloatVector.fromArray(S, scaled, i).sub(gMean))
                    .mul(inverse);
            (add ? value.add(FloatVector.fromArray(S, dx, to + i)) : value).intoArray(dx, to + i);
        }
        for (; i < d; i++) {
            float h = (x[at + i] - mean) * inverse;
            float value = inverse * Math.fma(h, -along, scaled[i] - gMean);
            dx[to + i] = add ? dx[to + i] + value : value;
        }
    }
}
