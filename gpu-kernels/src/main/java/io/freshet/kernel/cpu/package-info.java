/**
 * The choice of a CPU device: {@link io.freshet.kernel.cpu.CpuDevices} has a provider for each of three, and nobody
 * outside names what is below.
 *
 * <p>The implementations stand in a chain, each one the one below with some operators replaced, so that a bit has one
 * place where it is decided: {@code host} (memory: arrays of the heap) {@code < scalar} (plain Java, what every
 * operator means, and the fallback) {@code < vector} (its loops on the JDK's Vector API) {@code < bf16} (that one's
 * matrix products in bf16, by oneDNN) {@code <} this package, which opens them. Lower packages never import higher
 * ones. What is public below this package is public for the next link of the chain, not for users.
 */
@NullMarked
package io.freshet.kernel.cpu;

import org.jspecify.annotations.NullMarked;
