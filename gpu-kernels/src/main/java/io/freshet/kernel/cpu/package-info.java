/** The CPU device: a scalar reference that is the specification, and the same operators on the JDK's Vector API. */
@org.jspecify.annotations.NullMarked
package io.freshet.kernel.cpu;
