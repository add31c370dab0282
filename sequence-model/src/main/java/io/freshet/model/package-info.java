/**
 * The generative sequence model as learning and serving share it: its configuration, what an interaction says of its
 * item, sequences as an encoder reads them, and the interface of encoders. The encoders are {@code hstu} (arXiv
 * 2402.17152, the engine's own) and {@code sasrec}; {@code items} has what is kept of items, {@code cooccurrence} what
 * has stood near what, {@code scoring} the model as serving asks it. Those packages know this one and not each other,
 * but for {@code scoring}, which knows them all.
 *
 * <p>Words. A <em>token</em> is one row of a sequence: an interaction, or the begin token before the first one. A
 * <em>batch</em> is some sequences, one behind the other without gaps. A <em>supervised</em> row is one whose
 * prediction counts. A <em>query</em> is what the encoder makes of a supervised row, with norm 1; a <em>logit</em> is
 * the score of an item for a query. A <em>lane</em> is a part of the arithmetic that is computed alone, whatever the
 * number of threads.
 *
 * <p>Shapes stand behind buffers in these symbols, row by row:
 *
 * <pre>
 * B   sequences of a batch          D   floats of an embedding ({@code width})
 * T   tokens of a batch             d   floats of a head ({@code headDim})
 * M   supervised rows of a batch    H   heads; H*d is the {@code attentionWidth}
 * V   items                         L   layers
 * P   dense weights                 K   sparse terms of a batch
 * </pre>
 *
 * A buffer has memory for the most that may come, of which the shape names what is in use. What counts items is
 * described in {@code items}: {@code ordinal}, {@code itemIndex}, {@code shardRow} and {@code batchRow}.
 */
@NullMarked
package io.freshet.model;

import org.jspecify.annotations.NullMarked;
