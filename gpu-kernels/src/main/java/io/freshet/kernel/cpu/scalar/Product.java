package io.freshet.kernel.cpu.scalar;

/** Shape and strides of a matrix product {@code c[m, n] (+)= a[m, k] · b}; filled through the three setters. */
public final class Product {
    public final int m;
    public final int n;
    public final int k;
    public final boolean add;
    public int aStart;
    public int aStride;
    public boolean aTransposed;
    public int bStart;
    public int bStride;
    public int cStart;
    public int cStride;

    public Product(int m, int n, int k, boolean add) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.add = add;
    }

    public Product a(int start, int stride, boolean transposed) {
        aStart = start;
        aStride = stride;
        aTransposed = transposed;
        return this;
    }

    public Product b(int start, int stride) {
        bStart = start;
        bStride = stride;
        return this;
    }

    public Product c(int start, int stride) {
        cStart = start;
        cStride = stride;
        return this;
    }
}
