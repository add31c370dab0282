/** What planted bugs and strangers make of the product's bytes and digests. */
@NullMarked
package io.freshet.verification.simulation.forgery;

import org.jspecify.annotations.NullMarked;
