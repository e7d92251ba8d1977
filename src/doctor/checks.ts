// SPDX-License-Identifier: Apache-2.0
import { applied } from './check/applied.ts'
import { backendRoutes } from './check/backend-routes.ts'
import { bpffs } from './check/bpffs.ts'
import { bpftool } from './check/bpftool.ts'
import { bridgeNetfilter } from './check/bridge-netfilter.ts'
import { calico } from './check/calico.ts'
import { cgroup2 } from './check/cgroup2.ts'
import { cilium } from './check/cilium.ts'
import { clusterIPHere } from './check/cluster-ip-here.ts'
import { destroySockets } from './check/destroy-sockets.ts'
import { flock } from './check/flock.ts'
import { flowRecords } from './check/flow-records.ts'
import { foreignFilters } from './check/foreign-filters.ts'
import { foreignPrograms } from './check/foreign-programs.ts'
import { foreignXdp } from './check/foreign-xdp.ts'
import { forwardPolicy } from './check/forward-policy.ts'
import { freePorts } from './check/free-ports.ts'
import { history } from './check/history.ts'
import { ipForward } from './check/ip-forward.ts'
import { kernel } from './check/kernel.ts'
import { kubeProxyIptables } from './check/kube-proxy-iptables.ts'
import { kubeProxyIpvs } from './check/kube-proxy-ipvs.ts'
import { kubeProxyNftables } from './check/kube-proxy-nftables.ts'
import { lockedMemory } from './check/locked-memory.ts'
import { networkNamespace } from './check/network-namespace.ts'
import { permission } from './check/permission.ts'
import { pidNamespace } from './check/pid-namespace.ts'
import { pods } from './check/pods.ts'
import { programs } from './check/programs.ts'
import { reversePath } from './check/reverse-path.ts'
import { sidecars } from './check/sidecars.ts'
import type { Check } from './check.ts'

/** All checks in the order of the report. A check stands after those that it needs. */
export const CHECKS: readonly Check[] = [
  permission,
  kernel,
  bpffs,
  cgroup2,
  bpftool,
  programs,
  flock,
  destroySockets,
  lockedMemory,
  pidNamespace,
  networkNamespace,
  history,
  applied,
  foreignPrograms,
  foreignFilters,
  foreignXdp,
  ipForward,
  forwardPolicy,
  reversePath,
  bridgeNetfilter,
  backendRoutes,
  freePorts,
  flowRecords,
  pods,
  clusterIPHere,
  sidecars,
  cilium,
  calico,
  kubeProxyIptables,
  kubeProxyNftables,
  kubeProxyIpvs,
]
