// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Never loaded: its BTF is what the layout generator reads. Clang describes only the types that
 * something has, so here is one object of each type of abi.h that no map names, and every map.
 */
#include "abi.h"
#include "config_maps.h"
#include "edge_maps.h"
#include "socket_maps.h"
#include "state_maps.h"

enum address_flags abi_address_flags;
enum frontend_flags abi_frontend_flags;
enum slot_counts abi_slot_counts;
enum filter_shape abi_filter_shape;
enum filter_hash abi_filter_hash;
enum client_kind abi_client_kind;
enum device_flags abi_device_flags;
enum edge_count abi_edge_count;
enum flow_filter_shape abi_flow_filter_shape;
enum flow_flags abi_flow_flags;
enum flow_side abi_flow_side;
enum hot_flows_shape abi_hot_flows_shape;
enum listed_flow abi_listed_flow;
enum refusal_limits abi_refusal_limits;
enum socket_slot_count abi_socket_slot_count;

struct backend4 abi_backend4;
struct backend6 abi_backend6;
struct connected_socket abi_connected_socket;
