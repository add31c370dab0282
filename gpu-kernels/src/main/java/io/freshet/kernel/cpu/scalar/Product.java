package io.freshet.kernel.cpu.scalar;

/**
 * Shape and strides of a matrix product {@code c[m, n] (+)= a[m, k] · b}; filled through {@link #a}, {@link #b} and
 * {@link #c}. Starts and strides count values of the operands' arrays.
 */
public final class Product {
    /** Rows of {@code c}. */
    public final int m;

    /** Columns of {@code c}. */
    public final int n;

    /** Terms of a sum. */
    public final int k;

    /** Whether the product is added to what is in {@code c}. */
    public final boolean add;

    /** First value of {@code a}. */
    public int aStart;

    /** Distance of rows of {@code a} as it lies. */
    public int aStride;

    /** Whether {@code a} lies as {@code [k, m]}. */
    public boolean aTransposed;

    /** First value of {@code b}. */
    public int bStart;

    /** Distance of rows of {@code b}. */
    public int bStride;

    /** First value of {@code c}. */
    public int cStart;

    /** Distance of rows of {@code c}. */
    public int cStride;

    /** A product of these sizes; where its operands lie is said after. */
    public Product(int m, int n, int k, boolean add) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.add = add;
    }

    /** Says where {@code a} lies. */
    public Product a(int start, int stride, boolean transposed) {
        aStart = start;
        aStride = stride;
        aTransposed = transposed;
        return this;
    }

    /** Says where {@code b} lies. */
    public Product b(int start, int stride) {
        bStart = start;
        bStride = stride;
        return this;
    }

    /** Says where {@code c} lies. */
    public Product c(int start, int stride) {
        cStart = start;
        cStride = stride;
        return this;
    }
}
