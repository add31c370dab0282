package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.NormWeights;
import io.freshet.kernel.cpu.host.HostFloats;

/** One row of a layer norm at a time, in plain Java; the seam at which the vector device differs. */
public class NormRow {
    /** Gradient of the output times gamma, {@code [d]}. */
    private float[] scaled = new float[0];
    /** Gradient of the output times gamma and the normalised row, {@code [d]}. */
    private float[] product = new float[0];
    /** Room for a row, {@code [d]}. */
    private float[] scratch = new float[0];

    /** Room for a row, at least {@code [d]}, for whoever works on one. */
    float[] scratch(int d) {
        if (scratch.length < d) {
            scratch = new float[d];
        }
        return scratch;
    }

    /** Mean of {@code x [d]}. */
    protected float mean(int d, float[] x, int at) {
        float sum = 0;
        for (int i = at; i < at + d; i++) {
            sum += x[i];
        }
        return sum / d;
    }

    /** Mean square distance of {@code x [d]} from {@code mean}. */
    protected float variance(int d, float[] x, int at, float mean) {
        float sum = 0;
        for (int i = at; i < at + d; i++) {
            float off = x[i] - mean;
            sum = Math.fma(off, off, sum);
        }
        return sum / d;
    }

    /** {@code y = (x - mean) * inverse * gamma + beta}: {@code x, gamma, beta, y [d]}. */
    protected void affine(
            int d, float mean, float inverse, float[] x, int at, HostFloats gamma, HostFloats beta, float[] y, int to) {
        for (int i = 0; i < d; i++) {
            float h = (x[at + i] - mean) * inverse;
            y[to + i] = Math.fma(h, gamma.array[gamma.start + i], beta.array[beta.start + i]);
        }
    }

    /** {@code y [d] = a [d] .* b [d]}; {@code y} may be either. */
    protected void multiply(int d, float[] a, int aAt, float[] b, int bAt, float[] y, int to) {
        for (int i = 0; i < d; i++) {
            y[to + i] = a[aAt + i] * b[bAt + i];
        }
    }

    /**
     * Tables of a backward pass.
     *
     * @param width d
     * @param gamma scale, {@code [d]}
     * @param dGamma its gradient, {@code [d]}, added to
     * @param dBeta gradient of the shift, {@code [d]}, added to
     */
    public record Tables(int width, HostFloats gamma, HostFloats dGamma, HostFloats dBeta) {
        /** The tables of a norm's weights and of their gradients. */
        public static Tables of(NormWeights weights, NormWeights grad) {
            return new Tables(
                    weights.width(),
                    HostFloats.of(weights.gamma()),
                    HostFloats.of(grad.gamma()),
                    HostFloats.of(grad.beta()));
        }
    }

    /**
     * {@code dx (+)= r (g - mean(g) - h mean(g .* h))}, {@code g = dy .* gamma}, {@code h = (x - mean) r} (model
     * specification, "Backward"): {@code x, dy, dx [d]}.
     */
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
        int d = t.width;
        if (scaled.length < d) {
            scaled = new float[d];
            product = new float[d];
        }
        for (int i = 0; i < d; i++) {
            float h = (x[at + i] - mean) * inverse;
            t.dGamma.array[t.dGamma.start + i] += dy[from + i] * h;
            t.dBeta.array[t.dBeta.start + i] += dy[from + i];
            scaled[i] = dy[from + i] * t.gamma.array[t.gamma.start + i];
            product[i] = scaled[i] * h;
        }
        float gMean = mean(d, scaled, 0);
        float along = mean(d, product, 0);
        for (int i = 0; i < d; i++) {
            float h = (x[at + i] - mean) * inverse;
            float value = inverse * (scaled[i] - gMean - h * along);
            dx[to + i] = add ? dx[to + i] + value : value;
        }
    }
}
