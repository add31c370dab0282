/** The engine's model in libtorch, as its peer in benchmarks. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.libtorch;
