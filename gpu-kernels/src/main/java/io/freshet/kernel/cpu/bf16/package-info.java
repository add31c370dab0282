/**
 * The vector kernels with matrix products in bf16, by oneDNN: operands are rounded to bfloat16 (float32's sign and
 * exponent, seven bits of the fraction), sums and results are float32.
 *
 * <p>This is the only package of the engine that names {@code org.bytedeco}, and it loads it only once a provider has
 * found it usable. A <em>product</em> is one compiled matrix multiplication of fixed sizes; a <em>native block</em> is
 * memory outside of the heap that products read and write; a <em>panel</em> is up to 256 candidates of a softmax.
 */
@NullMarked
package io.freshet.kernel.cpu.bf16;

import org.jspecify.annotations.NullMarked;
