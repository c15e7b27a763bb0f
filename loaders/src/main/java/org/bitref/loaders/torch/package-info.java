/** Files of torch.save: a zip archive of a pickle and the bytes of its storages. */
package org.bitref.loaders.torch;
