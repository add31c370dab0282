/**
 * What stands beside the model in the same pass over the log. A <em>baseline</em> is a ranking by counts alone. An
 * item's <em>index</em> is its place in the caller's list of items; its <em>successors</em> are the items that came
 * right behind it in somebody's history.
 */
@NullMarked
package io.freshet.train.prequential;

import org.jspecify.annotations.NullMarked;
