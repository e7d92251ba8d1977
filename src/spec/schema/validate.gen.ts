// SPDX-License-Identifier: Apache-2.0
// Generated from schema/dataplane-spec.v1alpha1.json by: node scripts/schema-types.ts
// @ts-nocheck
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","$id":"https://balancing.elf.io/schema/v1alpha1/dataplane-spec.json","type":"object","additionalProperties":false,"required":["apiVersion","kind","nodes","services"],"properties":{"apiVersion":{"const":"balancing.elf.io/v1alpha1"},"kind":{"const":"DataplaneSpec"},"nodes":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"properties":{"zone":{"allOf":[{"type":"string"}]},"addresses":{"type":"array","items":{"type":"string"}}}}},"services":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"required":["clusterIPs","ports"],"properties":{"clusterIPs":{"type":"array","minItems":1,"items":{"type":"string"}},"externalIPs":{"type":"array","items":{"type":"string"}},"loadBalancerIPs":{"type":"array","items":{"type":"string"}},"sourceRanges":{"type":"array","items":{"type":"string"}},"internalTrafficPolicy":{"enum":["Cluster","Local"]},"externalTrafficPolicy":{"enum":["Cluster","Local"]},"healthCheckNodePort":{"allOf":[{"type":"integer","minimum":1,"maximum":65535}]},"affinitySeconds":{"type":"integer","minimum":1,"maximum":86400},"ports":{"type":"object","additionalProperties":{"type":"string"}}}}},"endpoints":{"type":"object","additionalProperties":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["ports","addresses"],"properties":{"ports":{"type":"object","additionalProperties":{"type":"integer","minimum":1,"maximum":65535}},"addresses":{"type":"array","items":{"type":"string"}}}}}}}};
const func2 = Object.prototype.hasOwnProperty;

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="https://balancing.elf.io/schema/v1alpha1/dataplane-spec.json" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.nodes === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "nodes"},message:"must have required property '"+"nodes"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.services === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "services"},message:"must have required property '"+"services"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "nodes")) || (key0 === "services")) || (key0 === "endpoints"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if("balancing.elf.io/v1alpha1" !== data0){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "balancing.elf.io/v1alpha1"},message:"must be equal to constant",schema:"balancing.elf.io/v1alpha1",parentSchema:schema11.properties.apiVersion,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if("DataplaneSpec" !== data1){
const err6 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "DataplaneSpec"},message:"must be equal to constant",schema:"DataplaneSpec",parentSchema:schema11.properties.kind,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.nodes !== undefined){
let data2 = data.nodes;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
for(const key1 in data2){
let data3 = data2[key1];
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
for(const key2 in data3){
if(!((key2 === "zone") || (key2 === "addresses"))){
const err7 = {instancePath:instancePath+"/nodes/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/nodes/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.nodes.additionalProperties,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data3.zone !== undefined){
let data4 = data3.zone;
if(typeof data4 !== "string"){
const err8 = {instancePath:instancePath+"/nodes/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/zone",schemaPath:"#/properties/nodes/additionalProperties/properties/zone/allOf/0/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.nodes.additionalProperties.properties.zone.allOf[0].type,parentSchema:schema11.properties.nodes.additionalProperties.properties.zone.allOf[0],data:data4};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data3.addresses !== undefined){
let data5 = data3.addresses;
if(Array.isArray(data5)){
const len0 = data5.length;
for(let i0=0; i0<len0; i0++){
let data6 = data5[i0];
if(typeof data6 !== "string"){
const err9 = {instancePath:instancePath+"/nodes/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/addresses/" + i0,schemaPath:"#/properties/nodes/additionalProperties/properties/addresses/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.nodes.additionalProperties.properties.addresses.items.type,parentSchema:schema11.properties.nodes.additionalProperties.properties.addresses.items,data:data6};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath:instancePath+"/nodes/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/addresses",schemaPath:"#/properties/nodes/additionalProperties/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.nodes.additionalProperties.properties.addresses.type,parentSchema:schema11.properties.nodes.additionalProperties.properties.addresses,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath:instancePath+"/nodes/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/nodes/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.nodes.additionalProperties.type,parentSchema:schema11.properties.nodes.additionalProperties,data:data3};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/nodes",schemaPath:"#/properties/nodes/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.nodes.type,parentSchema:schema11.properties.nodes,data:data2};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.services !== undefined){
let data7 = data.services;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key3 in data7){
let data8 = data7[key3];
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
if(data8.clusterIPs === undefined){
const err13 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/services/additionalProperties/required",keyword:"required",params:{missingProperty: "clusterIPs"},message:"must have required property '"+"clusterIPs"+"'",schema:schema11.properties.services.additionalProperties.required,parentSchema:schema11.properties.services.additionalProperties,data:data8};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data8.ports === undefined){
const err14 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/services/additionalProperties/required",keyword:"required",params:{missingProperty: "ports"},message:"must have required property '"+"ports"+"'",schema:schema11.properties.services.additionalProperties.required,parentSchema:schema11.properties.services.additionalProperties,data:data8};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
for(const key4 in data8){
if(!(func2.call(schema11.properties.services.additionalProperties.properties, key4))){
const err15 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/services/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.services.additionalProperties,data:data8};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data8.clusterIPs !== undefined){
let data9 = data8.clusterIPs;
if(Array.isArray(data9)){
if(data9.length < 1){
const err16 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/clusterIPs",schemaPath:"#/properties/services/additionalProperties/properties/clusterIPs/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.services.additionalProperties.properties.clusterIPs,data:data9};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
const len1 = data9.length;
for(let i1=0; i1<len1; i1++){
let data10 = data9[i1];
if(typeof data10 !== "string"){
const err17 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/clusterIPs/" + i1,schemaPath:"#/properties/services/additionalProperties/properties/clusterIPs/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.services.additionalProperties.properties.clusterIPs.items.type,parentSchema:schema11.properties.services.additionalProperties.properties.clusterIPs.items,data:data10};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
else {
const err18 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/clusterIPs",schemaPath:"#/properties/services/additionalProperties/properties/clusterIPs/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.services.additionalProperties.properties.clusterIPs.type,parentSchema:schema11.properties.services.additionalProperties.properties.clusterIPs,data:data9};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data8.externalIPs !== undefined){
let data11 = data8.externalIPs;
if(Array.isArray(data11)){
const len2 = data11.length;
for(let i2=0; i2<len2; i2++){
let data12 = data11[i2];
if(typeof data12 !== "string"){
const err19 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/externalIPs/" + i2,schemaPath:"#/properties/services/additionalProperties/properties/externalIPs/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.services.additionalProperties.properties.externalIPs.items.type,parentSchema:schema11.properties.services.additionalProperties.properties.externalIPs.items,data:data12};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/externalIPs",schemaPath:"#/properties/services/additionalProperties/properties/externalIPs/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.services.additionalProperties.properties.externalIPs.type,parentSchema:schema11.properties.services.additionalProperties.properties.externalIPs,data:data11};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data8.loadBalancerIPs !== undefined){
let data13 = data8.loadBalancerIPs;
if(Array.isArray(data13)){
const len3 = data13.length;
for(let i3=0; i3<len3; i3++){
let data14 = data13[i3];
if(typeof data14 !== "string"){
const err21 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/loadBalancerIPs/" + i3,schemaPath:"#/properties/services/additionalProperties/properties/loadBalancerIPs/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.services.additionalProperties.properties.loadBalancerIPs.items.type,parentSchema:schema11.properties.services.additionalProperties.properties.loadBalancerIPs.items,data:data14};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/loadBalancerIPs",schemaPath:"#/properties/services/additionalProperties/properties/loadBalancerIPs/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.services.additionalProperties.properties.loadBalancerIPs.type,parentSchema:schema11.properties.services.additionalProperties.properties.loadBalancerIPs,data:data13};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
if(data8.sourceRanges !== undefined){
let data15 = data8.sourceRanges;
if(Array.isArray(data15)){
const len4 = data15.length;
for(let i4=0; i4<len4; i4++){
let data16 = data15[i4];
if(typeof data16 !== "string"){
const err23 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/sourceRanges/" + i4,schemaPath:"#/properties/services/additionalProperties/properties/sourceRanges/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.services.additionalProperties.properties.sourceRanges.items.type,parentSchema:schema11.properties.services.additionalProperties.properties.sourceRanges.items,data:data16};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
else {
const err24 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/sourceRanges",schemaPath:"#/properties/services/additionalProperties/properties/sourceRanges/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.services.additionalProperties.properties.sourceRanges.type,parentSchema:schema11.properties.services.additionalProperties.properties.sourceRanges,data:data15};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
if(data8.internalTrafficPolicy !== undefined){
let data17 = data8.internalTrafficPolicy;
if(!((data17 === "Cluster") || (data17 === "Local"))){
const err25 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/internalTrafficPolicy",schemaPath:"#/properties/services/additionalProperties/properties/internalTrafficPolicy/enum",keyword:"enum",params:{allowedValues: schema11.properties.services.additionalProperties.properties.internalTrafficPolicy.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.services.additionalProperties.properties.internalTrafficPolicy.enum,parentSchema:schema11.properties.services.additionalProperties.properties.internalTrafficPolicy,data:data17};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data8.externalTrafficPolicy !== undefined){
let data18 = data8.externalTrafficPolicy;
if(!((data18 === "Cluster") || (data18 === "Local"))){
const err26 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/externalTrafficPolicy",schemaPath:"#/properties/services/additionalProperties/properties/externalTrafficPolicy/enum",keyword:"enum",params:{allowedValues: schema11.properties.services.additionalProperties.properties.externalTrafficPolicy.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.services.additionalProperties.properties.externalTrafficPolicy.enum,parentSchema:schema11.properties.services.additionalProperties.properties.externalTrafficPolicy,data:data18};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data8.healthCheckNodePort !== undefined){
let data19 = data8.healthCheckNodePort;
if(!(((typeof data19 == "number") && (!(data19 % 1) && !isNaN(data19))) && (isFinite(data19)))){
const err27 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/healthCheckNodePort",schemaPath:"#/properties/services/additionalProperties/properties/healthCheckNodePort/allOf/0/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.services.additionalProperties.properties.healthCheckNodePort.allOf[0].type,parentSchema:schema11.properties.services.additionalProperties.properties.healthCheckNodePort.allOf[0],data:data19};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if((typeof data19 == "number") && (isFinite(data19))){
if(data19 > 65535 || isNaN(data19)){
const err28 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/healthCheckNodePort",schemaPath:"#/properties/services/additionalProperties/properties/healthCheckNodePort/allOf/0/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema11.properties.services.additionalProperties.properties.healthCheckNodePort.allOf[0],data:data19};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(data19 < 1 || isNaN(data19)){
const err29 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/healthCheckNodePort",schemaPath:"#/properties/services/additionalProperties/properties/healthCheckNodePort/allOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.services.additionalProperties.properties.healthCheckNodePort.allOf[0],data:data19};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
}
if(data8.affinitySeconds !== undefined){
let data20 = data8.affinitySeconds;
if(!(((typeof data20 == "number") && (!(data20 % 1) && !isNaN(data20))) && (isFinite(data20)))){
const err30 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/affinitySeconds",schemaPath:"#/properties/services/additionalProperties/properties/affinitySeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.services.additionalProperties.properties.affinitySeconds.type,parentSchema:schema11.properties.services.additionalProperties.properties.affinitySeconds,data:data20};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if((typeof data20 == "number") && (isFinite(data20))){
if(data20 > 86400 || isNaN(data20)){
const err31 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/affinitySeconds",schemaPath:"#/properties/services/additionalProperties/properties/affinitySeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 86400},message:"must be <= 86400",schema:86400,parentSchema:schema11.properties.services.additionalProperties.properties.affinitySeconds,data:data20};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(data20 < 1 || isNaN(data20)){
const err32 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/affinitySeconds",schemaPath:"#/properties/services/additionalProperties/properties/affinitySeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.services.additionalProperties.properties.affinitySeconds,data:data20};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
if(data8.ports !== undefined){
let data21 = data8.ports;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
for(const key5 in data21){
let data22 = data21[key5];
if(typeof data22 !== "string"){
const err33 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/ports/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/services/additionalProperties/properties/ports/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.services.additionalProperties.properties.ports.additionalProperties.type,parentSchema:schema11.properties.services.additionalProperties.properties.ports.additionalProperties,data:data22};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
else {
const err34 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/ports",schemaPath:"#/properties/services/additionalProperties/properties/ports/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.services.additionalProperties.properties.ports.type,parentSchema:schema11.properties.services.additionalProperties.properties.ports,data:data21};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
}
else {
const err35 = {instancePath:instancePath+"/services/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/services/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.services.additionalProperties.type,parentSchema:schema11.properties.services.additionalProperties,data:data8};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
}
else {
const err36 = {instancePath:instancePath+"/services",schemaPath:"#/properties/services/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.services.type,parentSchema:schema11.properties.services,data:data7};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data.endpoints !== undefined){
let data23 = data.endpoints;
if(data23 && typeof data23 == "object" && !Array.isArray(data23)){
for(const key6 in data23){
let data24 = data23[key6];
if(Array.isArray(data24)){
const len5 = data24.length;
for(let i5=0; i5<len5; i5++){
let data25 = data24[i5];
if(data25 && typeof data25 == "object" && !Array.isArray(data25)){
if(data25.ports === undefined){
const err37 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5,schemaPath:"#/properties/endpoints/additionalProperties/items/required",keyword:"required",params:{missingProperty: "ports"},message:"must have required property '"+"ports"+"'",schema:schema11.properties.endpoints.additionalProperties.items.required,parentSchema:schema11.properties.endpoints.additionalProperties.items,data:data25};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(data25.addresses === undefined){
const err38 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5,schemaPath:"#/properties/endpoints/additionalProperties/items/required",keyword:"required",params:{missingProperty: "addresses"},message:"must have required property '"+"addresses"+"'",schema:schema11.properties.endpoints.additionalProperties.items.required,parentSchema:schema11.properties.endpoints.additionalProperties.items,data:data25};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
for(const key7 in data25){
if(!((key7 === "ports") || (key7 === "addresses"))){
const err39 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5,schemaPath:"#/properties/endpoints/additionalProperties/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.endpoints.additionalProperties.items,data:data25};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data25.ports !== undefined){
let data26 = data25.ports;
if(data26 && typeof data26 == "object" && !Array.isArray(data26)){
for(const key8 in data26){
let data27 = data26[key8];
if(!(((typeof data27 == "number") && (!(data27 % 1) && !isNaN(data27))) && (isFinite(data27)))){
const err40 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/ports/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/endpoints/additionalProperties/items/properties/ports/additionalProperties/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.endpoints.additionalProperties.items.properties.ports.additionalProperties.type,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.ports.additionalProperties,data:data27};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
if((typeof data27 == "number") && (isFinite(data27))){
if(data27 > 65535 || isNaN(data27)){
const err41 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/ports/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/endpoints/additionalProperties/items/properties/ports/additionalProperties/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.ports.additionalProperties,data:data27};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if(data27 < 1 || isNaN(data27)){
const err42 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/ports/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/endpoints/additionalProperties/items/properties/ports/additionalProperties/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.ports.additionalProperties,data:data27};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
}
}
else {
const err43 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/ports",schemaPath:"#/properties/endpoints/additionalProperties/items/properties/ports/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.endpoints.additionalProperties.items.properties.ports.type,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.ports,data:data26};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data25.addresses !== undefined){
let data28 = data25.addresses;
if(Array.isArray(data28)){
const len6 = data28.length;
for(let i6=0; i6<len6; i6++){
let data29 = data28[i6];
if(typeof data29 !== "string"){
const err44 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/addresses/" + i6,schemaPath:"#/properties/endpoints/additionalProperties/items/properties/addresses/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.endpoints.additionalProperties.items.properties.addresses.items.type,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.addresses.items,data:data29};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
}
else {
const err45 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5+"/addresses",schemaPath:"#/properties/endpoints/additionalProperties/items/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.endpoints.additionalProperties.items.properties.addresses.type,parentSchema:schema11.properties.endpoints.additionalProperties.items.properties.addresses,data:data28};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
}
else {
const err46 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i5,schemaPath:"#/properties/endpoints/additionalProperties/items/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.endpoints.additionalProperties.items.type,parentSchema:schema11.properties.endpoints.additionalProperties.items,data:data25};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
}
else {
const err47 = {instancePath:instancePath+"/endpoints/" + key6.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/endpoints/additionalProperties/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.endpoints.additionalProperties.type,parentSchema:schema11.properties.endpoints.additionalProperties,data:data24};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
}
else {
const err48 = {instancePath:instancePath+"/endpoints",schemaPath:"#/properties/endpoints/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.endpoints.type,parentSchema:schema11.properties.endpoints,data:data23};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
}
else {
const err49 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.type,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
