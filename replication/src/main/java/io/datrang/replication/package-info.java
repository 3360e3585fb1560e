package io.datrang.replication;
