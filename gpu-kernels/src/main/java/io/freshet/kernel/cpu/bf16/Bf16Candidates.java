package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.cpu.bf16.Bf16Product.Form;
import io.freshet.kernel.cpu.bf16.Bf16Product.Shape;
import io.freshet.kernel.cpu.host.HostFloats;

/** The candidates of a softmax in bf16, cut into panels so that few shapes of products arise. */
final class Bf16Candidates {
    /** Candidates of a panel; the last one has what is left, in steps of {@link #STEP}. */
    static final int PANEL = 256;

    private static final int STEP = 64;

    private final Bf16Products products;
    /** Candidates in bf16, {@code [padded, D]}. */
    private final NativeBlock rows;

    private int padded;
    private int d;

    Bf16Candidates(Bf16Products products) {
        this.products = products;
        rows = products.newBlock();
    }

    /** Rounds {@code count} candidates {@code e [count, d]}; zeros behind them. */
    void load(int count, int width, HostFloats e) {
        d = width;
        padded = (count + STEP - 1) / STEP * STEP;
        rows.reserve((long) padded * d * Short.BYTES);
        rows.round(count, d, e.array, e.start, d, d, 0);
        rows.zero(count * d, (padded - count) * d);
    }

    /** Number of candidates, those of zeros included. */
    int padded() {
        return padded;
    }

    int panels() {
        return (padded + PANEL - 1) / PANEL;
    }

    /** Candidates of a panel. */
    int width(int panel) {
        return Math.min(PANEL, padded - panel * PANEL);
    }

    /** {@code scores [count, width] = queries [count, d] · panelᵀ}. */
    void score(int count, int panel, NativeBlock queries, NativeBlock scores) {
        Shape shape = new Shape(Form.B_TRANSPOSED, count, d, width(panel), false, false);
        products.multiply(shape, queries.from(0), rows.from(panel * PANEL * d), scores.from(0));
    }

    /** {@code sums [count, d] (+)= weights [count, width] · panel}; the first panel overwrites. */
    void addRows(int count, int panel, NativeBlock weights, NativeBlock sums) {
        Shape shape = new Shape(Form.PLAIN, count, width(panel), d, false, panel > 0);
        products.multiply(shape, weights.from(0), rows.from(panel * PANEL * d), sums.from(0));
    }
}
