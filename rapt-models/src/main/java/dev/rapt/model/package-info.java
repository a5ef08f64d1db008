/** Models with their heads: loaded, made and saved. Each family's layers are in a package below. */
package dev.rapt.model;
